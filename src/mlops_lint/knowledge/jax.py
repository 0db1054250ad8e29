"""JAX: which functions make keys for random numbers, which use them up, and which hand a function on.

Sources (read 2026-11): the documentation of JAX 0.8 ("Pseudorandom numbers", ``jax.random``, ``jax.nn.initializers``, ``jax.lax`` control flow,
``jax.experimental.key_reuse``), Equinox 0.13 ``nn``, Flax 0.12 ``Module.apply``.
"""

from __future__ import annotations


def _under(prefix: str, names: str) -> frozenset[str]:
    return frozenset(f"{prefix}.{name}" for name in names.split())


KEY_MAKERS: frozenset[str] = frozenset({"jax.random.PRNGKey", "jax.random.key", "jax.random.wrap_key_data", "jax.random.clone"})
"""Calls that give a key of its own."""

KEY_DERIVERS: frozenset[str] = frozenset({"jax.random.fold_in"})
"""Calls that give a new key from a key and a number, and leave the key fit for use with other numbers."""

KEY_SPLITTERS: frozenset[str] = frozenset({"jax.random.split"})

KEY_DRAWS: frozenset[str] = _under(
    "jax.random",
    "ball bernoulli beta binomial bits categorical cauchy chisquare choice dirichlet double_sided_maxwell exponential f gamma generalized_normal geometric "
    "gumbel laplace loggamma logistic lognormal maxwell multinomial multivariate_normal normal orthogonal pareto permutation poisson rademacher randint "
    "rayleigh shuffle t triangular truncated_normal uniform wald weibull_min",
)
"""Calls that use up the key that is their first argument."""

INITIALIZERS = ("jax.nn.initializers.", "flax.linen.initializers.", "flax.nnx.initializers.")
"""Below these, makers of functions ``(key, shape, dtype)`` that draw initial weights."""

KEYED_LAYERS = ("equinox.nn.",)
"""Below these, layers that draw their weights from the argument ``key``."""

KEYED_DROPOUT: frozenset[str] = frozenset({"equinox.nn.Dropout"})
"""Layers that draw from the argument ``key`` when they are called."""

SAME_FUNCTION: frozenset[str] = frozenset(
    {"jax.checkpoint", "jax.remat", "jax.named_call", "equinox.filter_jit", "equinox.filter_vmap", "flax.nnx.jit", "flax.nnx.vmap"}
)
"""Calls that give the function they are given, run another way."""

LAX = "jax.lax."
"""``scan``, ``fori_loop``, ``while_loop``, ``cond`` and ``switch`` stand below it."""
