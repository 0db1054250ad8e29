"""Training networks: modules, losses, optimisers, and what their calls mean in a loop."""

from __future__ import annotations

from mlops_lint.flow.models import fitted
from mlops_lint.flow.models.call import ROW_TAGS, Call, Model
from mlops_lint.flow.things import NO_TAGS, Thing, derive
from mlops_lint.knowledge.torch import ACTIVATIONS, DISTRIBUTED_WRAPPERS, GRADIENT_RESETS, kinds_of_torch

_WRAPPERS = frozenset(
    {
        *DISTRIBUTED_WRAPPERS,
        "torch.nn.DataParallel",
        "torch.nn.parallel.DataParallel",
        "torch.compile",
        "torch.nn.SyncBatchNorm.convert_sync_batchnorm",
        "torch.jit.script",
        "peft.get_peft_model",
        "peft.prepare_model_for_kbit_training",
    }
)


def made(call: Call) -> Thing | None:
    """The constructor of a network, a loss, an optimiser, a loader."""
    for name in sorted(call.event.names):
        kinds = kinds_of_torch(name)
        if not kinds:
            continue
        result = call.gives(*kinds)
        last = name.rpartition(".")[2]
        if "loss" in kinds:
            call.role("loss")
        if last in ACTIVATIONS and kinds & {"module", "tensor"}:
            result.how = ("activation", ACTIVATIONS[last])
        if kinds & {"module", "keras-model", "loss-function", "optimizer", "scheduler", "tokenizer", "processor"}:
            result.tags = NO_TAGS
        return result
    return None


def wrapped(call: Call) -> Thing | None:
    """``DataParallel(model)`` and the like: the same network."""
    call.role("wrap")
    return call.args[0] if call.args else call.argument("module") or call.argument("model")


def same(call: Call) -> Thing | None:
    """``model.to(device)``, ``model.cuda()``: the same network; of a tensor, a copy."""
    if call.receiver is None:
        return None
    if call.receiver.is_a("module", "loaded"):
        return call.receiver
    return call.gives(*(call.receiver.kinds & {"tensor", "loss", "array"}), of=[call.receiver])


def mode(call: Call) -> Thing | None:
    """``model.train()``, ``model.eval()``."""
    receiver = call.receiver
    if receiver is not None and receiver.is_a("trainer") and call.event.method == "train":
        call.role("fit", "train")
        call.event.note({"features": receiver, "target": None, "learner": receiver})
        return call.gives("history", of=[receiver])
    if receiver is None or receiver.is_a("dataframe", "trainer", "keras-model", "booster") or (call.event.method == "eval" and call.args):
        return None
    setting = call.constant("mode", 0)
    if call.args and not isinstance(setting, bool) and not receiver.is_a("module"):
        return None
    call.role("eval-mode" if call.event.method == "eval" or setting is False else "train-mode")
    return receiver


def backward(call: Call) -> Thing | None:
    """``loss.backward()``, ``accelerator.backward(loss)``."""
    call.role("backward")
    from_args = call.args and (call.receiver is None or call.receiver.is_a("accelerator") or not call.receiver.is_a("loss", "tensor"))
    call.event.note({"loss": call.args[0] if from_args else call.receiver})
    return Thing(constant=None, event=call.event)


def step(call: Call) -> Thing | None:
    """``optimizer.step()``, ``scheduler.step()``, ``scaler.step(optimizer)``."""
    receiver = call.receiver
    if receiver is None:
        return None
    said = spelled(call)
    if receiver.is_a("scheduler"):
        call.role("scheduler-step")
    elif receiver.is_a("optimizer"):
        call.role("optimizer-step")
    elif receiver.is_a("grad-scaler") or (call.args and call.args[0].is_a("optimizer")) or (call.args and "scaler" in said):
        call.role("optimizer-step", "scaled-step")
    elif not receiver.kinds and "opt" in said and "option" not in said:
        call.role("optimizer-step")
    elif not receiver.kinds and "sched" in said and not call.inputs():
        call.role("scheduler-step")
    elif not receiver.kinds:
        call.role("some-step")
    for one in call.inputs():
        # ``optimizer.step(closure)`` runs the closure.
        if one.callees and call.event.roles & {"optimizer-step"}:
            call.library.run_callback(one, [], call.event)
    return Thing(constant=None, event=call.event)


def spelled(call: Call) -> str:
    """The last word of what a method is called on, in lower case: ``self.optimizer.step()`` has ``optimizer``, ``optimizers["g"].step()`` as well."""
    code = call.event.code
    base = code[1][1] if code and code[0] == "c" and code[1][0] == "a" else None
    while base and base[0] in ("s", "c"):
        base = base[1]
    if base and base[0] in ("n", "a"):
        return str(base[1] if base[0] == "n" else base[2]).lower()
    return ""


def zero_grad(call: Call) -> Thing | None:
    """``optimizer.zero_grad()``, ``model.zero_grad()``."""
    call.role("zero-grad")
    return Thing(constant=None, event=call.event)


def clipped(call: Call) -> Thing | None:
    """``clip_grad_norm_(parameters, …)``."""
    call.role("clip")
    return call.gives("number", without=ROW_TAGS)


def unscaled(call: Call) -> Thing | None:
    """``scaler.unscale_(optimizer)``."""
    call.role("unscale")
    return Thing(constant=None)


def scaled(call: Call) -> Thing | None:
    """``scaler.scale(loss)``."""
    if call.receiver is None or not call.args:
        return None
    return call.gives("loss", of=call.args) if call.receiver.is_a("grad-scaler") or call.args[0].is_a("loss") else None


def prepared(call: Call) -> Thing | None:
    """``accelerator.prepare(model, optimizer)``: the same things, wrapped."""
    if call.receiver is None or not call.receiver.is_a("accelerator", "trainer"):
        return None
    call.role("prepare")
    if len(call.args) == 1:
        return call.args[0]
    result = call.gives("tuple")
    result.items = list(call.args)
    return result


def detached(call: Call) -> Thing | None:
    """``loss.item()``, ``tensor.detach()``: the value without its graph."""
    if call.receiver is None:
        return None
    if call.event.method in ("item", "tolist"):
        return call.gives("number", of=[call.receiver])
    return call.gives("array" if call.event.method == "numpy" else "detached", of=[call.receiver])


def state(call: Call) -> Thing | None:
    """``model.state_dict()``, ``model.parameters()``."""
    return call.gives("state" if call.event.method == "state_dict" else "parameters", of=[call.receiver] if call.receiver is not None else [])


def state_loaded(call: Call) -> Thing | None:
    """``model.load_state_dict(state)``."""
    call.role("state-load")
    return call.receiver


def reduced(call: Call) -> Thing | None:
    """``tensor.mean()``, ``loss.sum()``: of a tensor a tensor, of a loss a loss."""
    receiver = call.receiver
    if receiver is None:
        return None
    return call.gives(*(receiver.kinds & {"tensor", "loss"}))


def activated(call: Call) -> Thing | None:
    """``logits.softmax(dim=1)``, ``torch.sigmoid(x)``."""
    result = call.gives("tensor")
    # The function may go by another name: ``activation = torch.relu; activation(x)``.
    words = [call.event.method, *(name.rpartition(".")[2] for name in sorted(call.event.names))]
    known = next((ACTIVATIONS[word] for word in words if word in ACTIVATIONS), None)
    if known is not None:
        result.how = ("activation", known)
    return result


def applied(call: Call) -> Thing | None:
    """A network, loss or activation that is called."""
    callee = call.receiver
    if callee is None:
        return None
    if callee.is_a("loss-function"):
        call.role("loss")
        return call.gives("loss", of=call.inputs())
    if callee.is_a("module"):
        call.role("apply")
        result = call.gives("tensor", of=call.inputs(), without=frozenset({"predicted"}))
        result.parents = (*result.parents, callee)
        result.how = callee.how if callee.how[:1] == ("activation",) else ("output", callee)
        return result
    if callee.is_a("keras-model"):
        call.role("apply")
        return call.gives("tensor", of=call.inputs())
    return fitted.adapted(call) if callee.is_a("adapting-layer") else None


def attribute(thing: Thing, name: str) -> Thing | None:
    """``outputs.loss``, ``outputs.logits`` of a network's answer."""
    if name == "loss" and thing.is_a("tensor"):
        return derive([thing], kinds=frozenset({"loss"}), how=("attribute", name, thing))
    if name in ("logits", "last_hidden_state", "pooler_output") and thing.is_a("tensor"):
        return derive([thing], kinds=frozenset({"tensor"}), how=("output", name))
    if thing.is_a("module") and name == "module":
        return thing
    return None


FUNCTIONS: dict[str, Model] = {
    **dict.fromkeys(_WRAPPERS, wrapped),
    **dict.fromkeys(
        (
            "torch.nn.utils.clip_grad_norm_",
            "torch.nn.utils.clip_grad_value_",
            "torch.nn.utils.clip_grad.clip_grad_norm_",
            "torch.nn.utils.clip_grad_norm",
            "torch.nn.utils.clip_grad.clip_grad_norm",
        ),
        clipped,
    ),
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {
    **{("module", name): same for name in ("to", "cuda", "cpu", "half", "float", "double", "bfloat16", "requires_grad_", "share_memory")},
    **{("loaded", name): same for name in ("to", "cuda", "cpu", "half", "float")},
    **{
        (kind, name): same
        for kind in ("tensor", "loss")
        for name in (
            "to",
            "cuda",
            "cpu",
            "half",
            "float",
            "double",
            "long",
            "int",
            "view",
            "reshape",
            "squeeze",
            "unsqueeze",
            "permute",
            "transpose",
            "flatten",
            "contiguous",
            "clone",
            "repeat",
            "expand",
        )
    },
    **{(kind, name): reduced for kind in ("tensor", "loss") for name in ("mean", "sum")},
    **{("tensor", name): activated for name in ("softmax", "sigmoid", "log_softmax", "tanh", "relu")},
    **{(kind, name): detached for kind in ("tensor", "loss") for name in ("item", "tolist", "detach", "numpy", "detach_")},
}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {
    "train": mode,
    "eval": mode,
    "backward": backward,
    "manual_backward": backward,
    "step": step,
    **dict.fromkeys(GRADIENT_RESETS, zero_grad),
    "clip_grad_norm_": clipped,
    "clip_gradients": clipped,
    "unscale_": unscaled,
    "scale": scaled,
    "prepare": prepared,
    "setup": prepared,
    "item": detached,
    "detach": detached,
    "state_dict": state,
    "parameters": state,
    "named_parameters": state,
    "load_state_dict": state_loaded,
}
"""By method alone."""
