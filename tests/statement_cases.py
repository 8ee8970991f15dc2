"""Programs that write into arrays, one a line: see `statements`.

`x` is a vector of 4, a matrix of 3 x 4, or a tensor of 2 x 3 x 2.
"""

VECTOR = """
y = x*x; y[:0] = []
y = x*x; a = x.reshape(2, 2)**2; a[...] = [[x[0], 1.0], [x[1]*x[2], 2.0]]
y = x*x; z = y.conj(); z[0] = x[1]**3
y = x*x; z = y.view(); z[0] = x[1]**3
y = x*x; z = y.astype(y.dtype, copy=False); z[0] = x[1]**3; w = y.astype(y.dtype); w[0] = 0
y = x*x; y.real = x**3; z = y*2
y = x*x; y.real[1:] *= x[0]
y = x*x; z = y.compress([True, False, True, True]); z[0] = x[1]**3
y = np.full(4, x[0]*x[1], like=x); y[1] *= x[2]
y = np.array([x[0], x[1]*x[2], 1.0], like=x); y[1] *= x[2]
y = x*x; np.put_along_axis(y, np.array([2, 0]), x[:2]**3, 0)
y = x*x; np.put_along_axis(y, np.array([2, 0]), 1.0, None)
y = x*x; z = y[1:3]; y[:] = 1.0; z += x[0]; w = y*x
y = x*x; z = y[::2]; w = z[1:]; z *= x[0]; w -= x[1]; y += 1
y = x*x; y.flat[[0, 2]] = x[:2]**3; y.flat[1:] = [1.0, 2.0]
y = x*x; z = y.flat[1:3]; z[0] = 0
y = x*x; s = y[1]; y[1] = 7.0; t = s*x[0]
y = x*x; s = y[1]; t = s; s *= x[0]; s += 1
y = x*x; z = np.array(y[0]*1.0, like=x); w = z; z += x[1]; v = z*2; z *= 3
a = np.zeros_like(x[0]); b = a; a += x[0]; a += x[1]*x[0]
y = x*x; i = np.array([0, 2]); y[i] = x[i]**3; i[0] = 1; y[i] += x[0]
y = x*x; m = x > 1; y[m] = x[m]**3; m[:] = True; z = y*2
c = np.arange(4.0); y = x*c; c[:] = 7.0; z = y*x*c
c = np.arange(4.0); y = x*x; y[1:] = c[1:]; c[:] = 7.0; z = y*c
y = x*x; z = y.copy(); y += 1.0; z[0] = 2.0; w = z*y
y = x*x; z = y*1.0; y[0] = z[1]; z[1] = y[2]; y[2] = z[3]; z[3] = y[0]
y = x*x; np.add(y[:-1], y[1:], out=y[1:])
y = x*x; np.multiply(y, 2.0, out=y, where=[True, False, True, False])
y = x*x; np.sqrt(x, out=y[::-1])
y = x*x; z = np.add(x, 1.0, out=y); z[0] = 5.0
y = x*x; np.clip(y, 0.5, x[0], out=y)
y = x*x; np.sum(x, out=y[:1].reshape(()))
y = x*x; np.take(x**3, [3, 2, 1, 0], out=y)
y = x*x; np.stack([x[:2], x[2:]], out=y.reshape(2, 2))
y = x*x; np.copyto(y[1:], 0.0); np.copyto(y, [1.0, x[0], 2.0, x[1]*x[2]])
y = x*x; y[1:3], y[0] = y[:2], y[3]*2
y = x*x; y[:] += y[::-1]; y[::2] -= y[1::2]
y = np.cos(3*x); y[1:].sort(); z = y[:2]; z *= 2.0
y = x*x; z = np.diagonal(y.reshape(2, 2)); y[3] = x[0]**3; w = z*2.0
y = x*x; z = y.swapaxes(0, 0); z[1] = x[0]**3; w = np.atleast_2d(y).T; w[2] = x[1]
y = x**2; y[1] = x[0]*x[2]
y = x**2; y[-1] = 3.0
y = x**2; y[1:3] = x[:2]*x[1:3]
y = x*x; y[::-2] = np.sin(x[:2])
y = x*x; y[[0, 2]] = x[1:3]*2; y[0] *= x[3]
y = x*x; y[[1, 1, 2]] = x[:3]*x[1:]
y = x*x; y[np.array([True, False, True, False])] = x[2:]**2
y = x*x; y[x > 1] = x[x > 1]*3
y = x*x; y[x > 1] *= 2*x[0]
y = x*x; y[...] = x**3
y = x*x; y[:] = 2.0
y = x*x; y[:] = [1., 2., 3., 4.]
y = x*x; y[:2] = (x[0], x[1]*x[2])
y = x*x; y[:2] = [x[0], 3.0]
y = x*x; y[None, :] = x**3
y = x*x; y[:3] = (x[1:]*x[:3])[None, :]
y = x*x; z = y; y += x; y *= x
y = x*x; y -= np.cos(x); y /= x; y **= 2
y = x*x; y %= 0.7
y = x*x; y **= x
y = x*x; y += 1; y *= 3; y /= 2; y -= .5
y = x*x; z = y[1:]; z += x[1:]; y[2] = x[0]; w = z*z
y = x*x; z = y[1:]; w = z[::-1]; w[0] = x[1]*x[2]; y[1] = x[3]**2; u = w*2
y = x*x; z = y.reshape(2, 2); z[0, 1] = x[0]**3; z += x[0]; w = z.T; w[1] = x[2:]**2
y = x*x; z = y.reshape(2, 2).T; z[:, 0] *= x[:2]; r = z.ravel(); r[0] = 9.
y = x*x; z = y.ravel(); z[0] = x[1]**2
y = x*x; z = np.ravel(y.reshape(2, 2)); z[1] = x[3]**2
y = x*x; z = y.flatten(); z[1] = x[3]**2
y = x*x; z = y.copy(); z[1] = x[3]**2
y = x*x; y[1:] = y[:-1]
y = x*x; y[:] = y[::-1]
y = x*x; y[1:] += y[:-1]
y = x*x; y[0], y[1] = y[1], y[0]
y = x*x; y[[0, 1]] = y[[1, 0]]
y = x*x; a = y[0]; y[0] = y[1]; y[1] = a
y = np.cos(3*x); y.sort()
y = np.cos(3*x); y[::-1].sort()
y = np.cos(3*x); y.partition(2)
y = x*x; y.fill(x[1]*x[2])
y = x*x; y.fill(3)
y = x*x; y.put([0, 2], x[1:3]*x[0])
y = x*x; np.put(y, [0, 2], x[1:3]*x[0])
y = x*x; np.put(y, [0, 2, 1], x[1:3]*x[0])
y = x*x; np.place(y, [True, False, True, True], x[:2]**3)
y = x*x; np.putmask(y, [True, False, True, True], x**3)
y = x*x; np.copyto(y, x**3)
y = x*x; np.copyto(y, x**3, where=[True, False, False, True])
y = x*x; np.copyto(y, x[0])
y = x*x; np.copyto(y, 2.0, where=x > 1)
y = np.zeros_like(x); y[1:3] = x[:2]**2
y = np.zeros_like(x); y[:] = x[0]
y = np.full_like(x, x[1]); y[0] = 1
y = np.ones_like(x); y *= x; y[0] += x[1]
y = np.zeros_like(x, shape=(2, 3)); y[0, 1] = x[0]; y[1] = x[:3]
y = np.zeros((2, 3), like=x); y[0, 1] = x[0]; y[:, 2] = x[:2]
y = np.zeros_like(x); v = np.append(x**2, x[0]*x[1]); np.add.at(y, [0, 1, 1, 3, 1], v)
y = x*x; np.subtract.at(y, [0, 1, 1], x[:3]*x[1:])
y = x*x; np.multiply.at(y, [0, 1, 1], x[:3]*x[1:])
y = x*x; np.divide.at(y, [0, 1, 1], x[:3]*x[1:])
y = x*x; np.negative.at(y, [0, 1, 1, 1])
y = x*x; np.multiply.at(y, [2, 0, -1], y[:3]); np.add.at(y, [2, 0, -1], y[:3])
y = x*x; np.subtract.at(y, [2, 0], y[1:3]); np.divide.at(y, [1, 1], y[::2])
y = x*x; np.sin.at(y, [0, 1, 1, 1])
y = x*x; np.power.at(y, [0, 1, 1], 2.0)
y = x*x; np.add.at(y, 2, x[0]*x[1])
y = x*x; np.add.at(y, slice(1, 3), x[0]*x[1])
y = x*x; np.add.at(y, (np.array([0, 0, 1]),), 2.0)
y = x*x; z = y[1:]; np.add.at(z, [0, 0], x[:2]*x[1:3])
y = x*x; np.add(x, x**3, out=y)
y = x*x; np.multiply(y, x, out=y)
y = x*x; np.multiply(y, x, y)
y = x*x; np.sin(y, out=y); z = np.exp(x, out=y[:])
y = x*x; np.add(x[1:], x[:-1], out=y[1:])
y = x*x; z = y[:2]; np.sum(x.reshape(2, 2)**2, axis=1, out=z)
y = x*x; np.cumsum(x**2, out=y)
y = x*x; np.add.reduce(x.reshape(2, 2)**2, axis=0, out=y[::2])
y = x*x; np.dot(np.outer(x, x), x, out=y)
y = x*x; np.matmul(np.outer(x, x), x, out=y)
y = x*x; np.concatenate([x[:2]**2, x[2:]**3], out=y)
y = x*x; np.clip(x**2, .5, 2.0, out=y)
y = x*x; np.divide(x[0], x, out=y, where=x > 1)
y = np.divide(x[0], x, out=np.zeros_like(x), where=x > 1)
y = np.divide(x[0], x, out=np.zeros(4), where=x > 1)
a = np.zeros(4); a += x*x; a *= 2; b = a*a
a = np.zeros(4); a = a + x*x; a[1] = x[0]
y = x*x; z = y[1:3]; z[:] = 0; z[0] = x[0]; y *= 2; w = z*x[0]; z -= x[1]
y = x*x; w = np.sin(y); y[0] = x[1]; v = np.exp(y); y[1] = x[2]**2; u = w*v*y
y = x*x; w = y*y; y *= x; u = w + y; y[...] = u; u[0] = 0
y = x*x; z = np.expand_dims(y, 0); z[0, 1] = x[0]**3; w = np.squeeze(z); w[2] = x[1]**3
y = x*x; z = np.flip(y); z[0] = x[1]**3; y[0] = x[2]**3
y = x*x; z = np.real(y); z[1] = x[0]**3
y = x*x; z = y.real; z[1] = x[0]**3; w = y.imag
y = x*x; z = np.imag(y) + 1; z = z*x
y = x*x; z = y.reshape(2, 2).diagonal()*x[0]
y = x*x; z = np.broadcast_to(y, (2, 4)); y[0] = x[1]**3; w = z*2
y = x*x; z = np.atleast_2d(y); z[0, 0] = x[3]**2
y = x*x; z = np.atleast_1d(y); z[0] = x[3]**2
y = x*x; z = y[...]; z[0] = x[3]**2
y = x*x; z = y[0, ...]; z[...] = x[3]**2; w = z*2
y = x*x; z = y[1:2].reshape(()); z[()] = x[0]**3; z += x[1]
y = x*x; z = y.T; z[0] = x[3]**2
y = x*x; z = np.split(y, 2); z[0][1] = x[0]**3; w = z[1]; w *= x[0]; del z
y = x*x; y[np.newaxis, 1:3] = x[:2]**3
y = x*x; y[np.ix_([0, 2])] = x[:2]**3
y = x*x; y.flat[2] = x[0]**3
y = x*x; y.flat = x**3
y = x*x; y[-3:-1] @= np.array([[1., 2.], [3., 4.]])
y = x*x; y[:2] @= np.outer(x[:2], x[2:])
y = x*x; y //= 0.7
y = x*x; y[1] += x[0]; y[1] *= x[2]; y[2] **= 2; y[3] -= y[1]
y = x*x; s = y[2]; s += x[0]; s *= 2
s = x[0]*1.0; s += x[1]; s *= x[2]
s = 0.0; s += x[0]; s += x[1]*x[2]
y = np.add.accumulate(x**2); z = np.multiply.accumulate(x); w = np.subtract.accumulate(x)
y = np.maximum.accumulate(np.cos(x*3)); v = np.minimum.accumulate(x); q = np.divide.accumulate(x)
y = np.add.reduce(x**2); z = np.multiply.reduce(x); w = np.subtract.reduce(x)
y = np.maximum.reduce(x); v = np.minimum.reduce(x); q = np.divide.reduce(x); p = np.power.reduce(x)
y = np.add.reduceat(x**2, [0, 2, 1]); z = np.multiply.reduceat(x, [0, 3])
y = np.maximum.reduceat(x, [1, 2]); z = np.subtract.reduceat(x*x, [0, 2])
y = np.add.outer(x, x**2); z = np.multiply.outer(x, x)
y = np.power.outer(x, x[:2]); z = np.subtract.outer(x, np.outer(x, x))
y = np.add.reduce(x, initial=x[0]); z = np.add.reduce(x, where=[True, False, True, True])
y = np.multiply.reduce(x, keepdims=True); z = np.add.reduce(x, initial=2.0)
y = np.subtract.reduce(x, keepdims=True); z = np.subtract.reduce(x, initial=x[1]**2)
a = x.reshape(2, 2); y = np.add.reduce(a, axis=None); z = np.add.reduce(a, axis=(0, 1))
a = x.reshape(2, 2); y = np.subtract.reduce(a, axis=1); z = np.add.accumulate(a, axis=1)
""".strip().splitlines()

MATRIX = """
y = x*x; y[:, [0, 1, 3]] = np.arange(9.0).reshape(3, 3); z = y*x
y = x*x; y[:, [True, False, True, True]] = np.arange(9.0).reshape(3, 3); z = y*x
y = x*x; y[:3, [0, 1, 3]] = np.arange(3.0); y[[0, 1], 1:3] = [[1.0, 2.0], [3.0, 4.0]]; z = y*x
y = x*x; y[1] = x[0]*x[2]
y = x*x; y[:, 1] = x[:, 0]**3
y = x*x; y[1, 2] = x[0, 0]**3
y = x*x; y[[0, 2], 1:] = x[[1, 0], 1:]**3
y = x*x; y[1, [0, 2, 0]] = x[0, :3]**3
y = x*x; y[[0, 1], [1, 2]] = x[0, :2]**3
y = x*x; y[[0, 0], [1, 1]] = x[0, :2]**3
y = x*x; y[[[0], [1]], [1, 2]] = x[:2, :2]**3
y = x*x; y[:, [0, 2]] *= x[:, 1:2]
y = x*x; y[x > 1] = 0
y = x*x; y[x > 1] = x[x > 1]**3
y = x*x; y[x > 1] += x[0, 0]
y = x*x; y[[True, False, True]] = x[0]
y = x*x; y[:, [True, False, True, False]] = x[:, :1]
y = x*x; y[np.ix_([0, 2], [1, 3])] = x[:2, :2]**3
y = x*x; np.fill_diagonal(y, x[0, 1]*x[1, 1])
y = x*x; np.fill_diagonal(y, x[0, :3]**3)
y = x*x; np.fill_diagonal(y[:, :3], 7.)
y = x*x; y[np.diag_indices(3)] = x[0, :3]**3
y = x*x; y[np.triu_indices(3, 1)] *= x[0, 0]
y = x*x; z = y.T; z[1] = x[:, 0]**3; z[0] += x[0, 0]; w = z[::-1, 1:]; w *= 2; y[:, 0] = 1
y = x*x; z = y.ravel(); z[5] = x[0, 0]**3
y = x*x; z = y.T.ravel(); z[5] = x[0, 0]**3
y = x*x; z = y.T.reshape(-1); z[5] = x[0, 0]**3
y = x*x; z = y.T.reshape(-1, order='F'); z[5] = x[0, 0]**3
y = x*x; z = y.ravel('F'); z[5] = x[0, 0]**3
y = x*x; z = y.T.ravel('A'); z[5] = x[0, 0]**3
y = x*x; z = y.T.ravel('K'); z[5] = x[0, 0]**3
y = x.T.copy(); z = y.ravel('K'); z[5] = x[0, 0]**3
y = x.T*2; z = y.ravel('K'); z[5] = x[0, 0]**3
y = x.T*2; z = y.ravel(); z[5] = x[0, 0]**3
y = x*x; z = y.reshape(4, 3); z[:, 1] = x[0]**3; w = z.reshape(2, 6); w[1] *= x[0, 0]
y = x*x; z = np.swapaxes(y, 0, 1); z[0] = x[:, 1]**3; w = np.moveaxis(y, 0, 1); w[1] = x[:, 0]*2
y = x*x; z = y.swapaxes(0, 1); z[0] = x[:, 1]**3
y = x*x; z = np.flip(y, 1); z[0] = x[1]**3; w = np.fliplr(y); w[1, 0] = x[0, 0]
y = x*x; v = y[::-1, ::-1]; v[0, 0] = x[0, 1]**3; u = np.rot90(y); u[0] = 2*x[:, 0]
y = x*x; z = y[:, None, :]; z[:, 0] = x[::-1]**3; w = y[..., None]; w[0, 0] = x[0, 0]
y = x*x; y[0] = y[1]; y[1:] = y[:-1]
y = x*x; y[:, 1:] = y[:, :-1]; y[::-1] = y
y = x*x; y[:] = y[:, ::-1]
y = x*x; y[[0, 1]] = y[[1, 0]]; y[:, [0, 1]] = y[:, [1, 0]]
y = x*x; y += x[0]; y *= x[:, :1]; y -= x[0, 0]
y = np.cos(3*x); y.sort(axis=0)
y = np.cos(3*x); y[:, 1].sort()
y = np.cos(3*x); y.T.sort()
y = x*x; np.add.at(y, (slice(None), [0, 0, 1]), x[:, :3]**3)
y = x*x; np.add.at(y, ([0, 0, 1], [1, 1, 1]), x[0, :3]**3)
y = x*x; np.add.at(y, [0, 0], x[1]**3)
y = x*x; np.multiply.at(y, ([0, 0, 1],), x[1]**3)
y = x*x; np.multiply.at(y, (slice(None), [0, 0, 1]), x[:, :1])
y = x*x; np.maximum(x**3, 1.0, out=y)
y = x*x; np.add(x, x[0], out=y[:]); np.sum(x**2, axis=0, out=y[1])
a = x.shape[0]*x; a[0] = a[1]; np.copyto(a[1:], x[:2]**2)
a, b = x[0]*2, x[1]*3; a += b; b += a; a[0] = b[1]; b[:] = a
rows = [r*2 for r in x]; rows[0][1] = x[2, 2]**2; rows[1] += rows[0]; y = np.stack(rows); del rows
y = x*x; rows = list(y); rows[0][1] = x[2, 2]**2; rows[1] *= 3; del rows
y = x*x
y = np.zeros_like(x); y[1:-1, 1:-1] = x[2:, 1:-1] - 4*x[1:-1, 1:-1]; y[0] = y[1]; y[-1] = y[-2]
u = x.copy(); u[0] = 0.; u[:, 0] = 1.; u[1:, 1:] += u[:-1, :-1]*u[1:, :-1]; v = u.sum()
""".strip().splitlines()

TENSOR = """
y = x*x; y[:, 0, [0, 1]] = np.arange(4.0).reshape(2, 2); z = y*x
y = x*x; y[0, :, [0, 1]] = np.arange(6.0).reshape(2, 3); z = y*x
y = x*x; y[:, [0, 2]] = np.arange(4.0).reshape(2, 1, 2); y[..., [1, 0]] = np.arange(2.0); z = y*x
y = x*x; y[0, :, [0, 1]] = x[1, :, :].T**3
y = x*x; y[0, :, [0, 1, 0]] = x[0, :, [0, 1, 1]]**3
y = x*x; y[[0, 1], :, 0] = x[:, :, 1]**3
y = x*x; y[:, [0, 2], 1] = x[:, :2, 0]**3
y = x*x; y[[0, 1], :, [0, 1]] += x[:, :, 0]
y = x*x; y[1, ..., [0, 1]] = x[0].T**3
y = x*x; y[..., 0] = x[..., 1]**3; y[1, ...] = 2*x[0]; y[..., None, 0] = 2*x[..., :1]
y = x*x; y[:, x[0, :, 0] > 1] = 5*x[0, 0, 0]
y = x*x; y[0][x[0] > 1] = x[0, 0, 0]**3
y = x*x; z = y.transpose(2, 0, 1); z[0] = x[:,:,1]**3; w = z.reshape(2, 2, 3)[:, ::-1]; w[:, 0] *= 2
y = x*x; z = y.transpose(2, 0, 1); z[0, 1] = x[0, :, 1]**3; v = z.reshape(-1); v[0] = 99
y = x*x; z = y[1]; w = z[:, 0]; v = w[::2]; v *= x[0, :2, 0]; y[1, 0] = 1.0
y = x*x; z = y[:, 1:, :].reshape(2, 4); z[0] = x[0, :2].ravel()**3
y = x*x; z = np.moveaxis(y, 0, -1); z[1, 1] = x[:, 0, 0]**3; w = np.squeeze(y[:1]); w[2] *= 3
y = x*x; y[0, 1, 1] = y[1, 0, 0]; y[0, [1, 2], 1] = y[1, [0, 1], 0]
""".strip().splitlines()
