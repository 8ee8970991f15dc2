"""The recorded graph: recording, backward, forward over the recording."""

from ._backward import Pullback as Pullback
from ._backward import pull_back as pull_back
from ._backward import with_lane as with_lane
from ._careful import pull_back_carefully as pull_back_carefully
from ._forward import last_uses as last_uses
from ._forward import push_forward as push_forward
from ._graph import Node as Node
from ._graph import Tape as Tape
from ._graph import dtype_of as dtype_of
from ._memory import keep_pages
from ._second import hessian_products as hessian_products
from ._second import is_plain as is_plain
from ._var import Var as Var
from ._var import leaf as leaf

keep_pages()
