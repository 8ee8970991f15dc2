"""Types of `dualad.scipy`, written by docs/stubs.py from SciPy 1.17.1."""
# ruff: noqa: I001
# fmt: off

from scipy.integrate import (
    BDF as BDF,
    DOP853 as DOP853,
    DenseOutput as DenseOutput,
    IntegrationWarning as IntegrationWarning,
    LSODA as LSODA,
    ODEintWarning as ODEintWarning,
    OdeSolution as OdeSolution,
    OdeSolver as OdeSolver,
    RK23 as RK23,
    RK45 as RK45,
    Radau as Radau,
    complex_ode as complex_ode,
    cubature as cubature,
    cumulative_simpson as cumulative_simpson,
    cumulative_trapezoid as cumulative_trapezoid,
    dblquad as dblquad,
    fixed_quad as fixed_quad,
    lebedev_rule as lebedev_rule,
    newton_cotes as newton_cotes,
    nquad as nquad,
    nsum as nsum,
    ode as ode,
    qmc_quad as qmc_quad,
    quad as quad,
    quad_vec as quad_vec,
    romb as romb,
    simpson as simpson,
    tanhsinh as tanhsinh,
    tplquad as tplquad,
    trapezoid as trapezoid,
)

from . import (
    odeint as odeint,
    solve_bvp as solve_bvp,
    solve_ivp as solve_ivp,
)
