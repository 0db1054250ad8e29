"""What goes wrong when networks are used: gradients kept for nothing, the wrong mode, a mode that is not taken back."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from mlops_lint.core.finding import Confidence
from mlops_lint.facts.network_gradients import is_frozen, is_weightless, keeps_gradients
from mlops_lint.facts.network_modes import EVAL, MADE, NONE, SAVED, SOME, TRAIN, UNSURE, Modes, layers_nearby
from mlops_lint.facts.networks import Networks, Pass, covered, family, is_evaluation, is_meant_to_vary, networks, words_of
from mlops_lint.facts.runs import Runs, runs
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event, Loop, Site
from mlops_lint.knowledge.inference import TRAINING_WORDS
from mlops_lint.knowledge.model_loading import INFERENCE_METHODS
from mlops_lint.project.project import Project


@dataclass(frozen=True, slots=True, eq=False)
class Misuse:
    """One misuse: the call that is wrong, what led to it (with words for it), and how sure this is."""

    event: Event
    reason: str
    confidence: Confidence
    related: tuple[tuple[Event, str], ...] = ()


def learnt_sites(project: Project) -> frozenset[Site]:
    """The calls of networks from whose answers some run of the project learns."""
    return frozenset(one.event.site for found in project.derive(networks) for one in found.learnt_passes())


def cut_short(project: Project) -> frozenset[str]:
    """The files that programs may reach which were not followed to their end: what they would have done there is unknown."""
    short = [run.program for run in project.derive(runs) if run.program is not None and run.trace.truncated]
    return frozenset(path for program in short for path in (program.path, *(key[0] for key in program.closure.reached)))


# -- gradients ---------------------------------------------------------------------------------------------------------------------------------------


def kept_gradients(project: Project) -> tuple[Misuse, ...]:
    """Passes at inference for which gradients are kept."""
    every: Runs = project.derive(runs)
    cut = project.derive(cut_short)
    learnt = project.derive(learnt_sites)
    chosen: dict[object, Misuse] = {}
    for found in project.derive(networks):
        modes = Modes(found)
        for one in found.passes:
            if one.chain[0].site.path in cut and not one.is_of_program():
                continue  # a program that was not followed to its end may call this without gradients
            if found.trace.truncated and not (is_evaluation(one) and modes.at(one) == {EVAL}):
                continue  # a loss may be sent backward where the program was not followed
            if one.event.site in learnt and not is_evaluation(one):
                continue
            reason = _why_inference(one, found, modes)
            if reason is not None and keeps_gradients(found, one) is True:
                confidence = Confidence.LOW if found.run.role == "example" else Confidence.MEDIUM
                chosen.setdefault(one.place(every), Misuse(one.event, reason[0], confidence, reason[1]))
    return _once_each(chosen)


def _why_inference(one: Pass, found: Networks, modes: Modes) -> tuple[str, tuple[tuple[Event, str], ...]] | None:
    """Why a pass is inference and nobody needs its gradients; ``None`` when it may not be."""
    if found.is_learnt_from(one) or found.seeks_gradients(one) or found.is_left_to_framework(one) or is_weightless(one.network):
        return None
    trained = found.is_trained(one.network)
    if not trained and is_frozen(found, one):
        return None
    boiled = found.is_boiled_down(one)
    evaluates = is_evaluation(one)
    at = modes.at(one)
    tried = found.is_tried_out(one)
    if at == {EVAL}:
        last = modes.last(one)
        if last is not None and (found.is_shown(one) if tried else boiled or evaluates or _is_settled(one, last.event)):
            return "the network is in evaluation mode", ((last.event, "evaluation mode is set here"),)
        if boiled and not tried and not trained and not modes.is_ever(one.network, TRAIN):
            return "a pretrained network only predicts here", ()
    if trained and one.event.loops and found.is_pictured(one) and (learnt := _anywhere(one, found)) is not None:
        return "its answers are only looked at, and no loss of them is sent backward", ((learnt.event, "the network is trained here"),)
    if not boiled or tried:
        return None
    if evaluates and one.network.is_a("module", "loaded"):
        return "this evaluates", ()
    learnt = _elsewhere(one, found)
    if trained and learnt is not None:
        return "no loss of these answers is sent backward", ((learnt.event, "the network is trained here"),)
    if not trained and modes.is_loaded(one.network) and not found.trace.with_role("backward", "optimizer-step"):
        return "a trained network only predicts here", ()
    return None


def _is_settled(one: Pass, switch: Event) -> bool:
    """Whether nobody asks an answer for gradients later, although it becomes no figure: all that happens is seen, or the function itself set the mode."""
    if one.is_of_program():
        return True
    here = one.event
    return switch.function == here.function and switch.site.path == here.site.path and not words_of(here.function) & TRAINING_WORDS


def _anywhere(one: Pass, found: Networks) -> Pass | None:
    """A pass of the same network that is learnt from."""
    things = family(one.network)
    return next((learnt for learnt in found.learnt_passes() if not things.isdisjoint(family(learnt.network))), None)


def _elsewhere(one: Pass, found: Networks) -> Pass | None:
    """A pass of the same network in another loop, which is learnt from."""
    things = family(one.network)
    for learnt in found.learnt_passes():
        if learnt.loop is None or one.loop is None or learnt.loop is one.loop or things.isdisjoint(family(learnt.network)):
            continue
        if learnt.loop.site != one.loop.site and learnt.root() == one.root():
            return learnt
    return None


# -- modes -------------------------------------------------------------------------------------------------------------------------------------------


def missing_modes(project: Project) -> tuple[Misuse, ...]:
    """Passes at inference of a network that is in training mode."""
    every: Runs = project.derive(runs)
    cut = project.derive(cut_short)
    learnt = project.derive(learnt_sites)
    nearby = layers_nearby(project.derive(networks))
    chosen: dict[object, Misuse] = {}
    for found in project.derive(networks):
        if found.trace.truncated:
            continue
        modes = Modes(found)
        for one in found.passes:
            if one.chain[0].site.path in cut and not one.is_of_program():
                continue
            if one.event.site in learnt and (
                words_of(one.event.function) & TRAINING_WORDS or not (is_evaluation(one) or keeps_gradients(found, one) is False)
            ):
                continue
            if modes.at(one) == {SAVED} and nearby.get(posixpath.dirname(one.event.site.path)) == NONE:
                continue
            misuse = _missing_mode(one, found, modes)
            if misuse is not None:
                chosen.setdefault(one.place(every), misuse)
    return _once_each(chosen)


def _missing_mode(one: Pass, found: Networks, modes: Modes) -> Misuse | None:
    at = modes.at(one)
    if not at or not at <= {TRAIN, SAVED, MADE} or found.is_learnt_from(one) or found.is_left_to_framework(one) or found.seeks_gradients(one):
        return None
    layers = modes.layers(one.network)
    told = modes.is_ever(one.network, TRAIN)
    if layers == NONE or is_meant_to_vary(one):
        return None
    trained = found.is_trained(one.network)
    loaded = modes.is_loaded(one.network)
    off = keeps_gradients(found, one) is False
    boiled = found.is_boiled_down(one) or found.is_shown(one)
    evaluates = is_evaluation(one)
    if found.is_tried_out(one) and not (boiled and (evaluates or loaded)):
        return None
    learnt = _elsewhere(one, found)
    last = modes.last(one)
    related: list[tuple[Event, str]] = []
    if last is not None:
        related.append((last.event, "training mode is set here"))
    if not trained and loaded and not found.trace.with_role("backward", "optimizer-step"):
        load = next(
            (event for event in found.loads if event.receiver is not None and not family(one.network).isdisjoint(family(event.receiver.thing))), None
        )
        reason = "the weights are loaded, and the network is still in training mode"
        if load is not None:
            related.append((load, "the weights are loaded here"))
    elif (trained or told) and ((off and (boiled or evaluates)) or (evaluates and boiled)):
        reason = "the network is still in training mode"
    elif trained and boiled and learnt is not None:
        reason = "the network is still in training mode"
        related.append((learnt.event, "the network is trained here"))
    else:
        return None
    if found.run.role == "example":
        confidence = Confidence.LOW
    elif layers == SOME or told or at <= {SAVED, MADE}:
        confidence = Confidence.MEDIUM
    else:
        confidence = Confidence.LOW if layers == UNSURE and not told else Confidence.MEDIUM
    return Misuse(one.event, reason, confidence, tuple(related))


# -- a mode that is not taken back -------------------------------------------------------------------------------------------------------------------


def lasting_evaluation(project: Project) -> tuple[Misuse, ...]:
    """Changes to evaluation mode inside a training loop, after which the training goes on in it."""
    chosen: dict[object, Misuse] = {}
    for found in project.derive(networks):
        if found.trace.truncated:
            continue
        modes = Modes(found)
        for switch in modes.switches:
            if switch.mode != EVAL or "eval-mode" not in switch.event.roles or not switch.event.loops:
                continue
            trained = _trained_on(switch.event, found, modes)
            if trained is not None:
                confidence = Confidence.LOW if found.run.role == "example" else Confidence.MEDIUM
                related = ((trained.event, "in the next round, training goes on here"),)
                chosen.setdefault(switch.event.site, Misuse(switch.event, "", confidence, related))
    return _once_each(chosen)


def _trained_on(event: Event, found: Networks, modes: Modes) -> Pass | None:
    """The pass with which training goes on in evaluation mode, in a later round of a loop around the change."""
    if event.receiver is None:
        return None
    things = covered(event.receiver.thing)
    if found.knows_optimizer() and not found.is_optimized(event.receiver.thing):
        return None  # a teacher, a target network, a fixed feature extractor
    loops = [loop for loop in event.loops if not _leaves(event, loop, found)]
    inferred = False
    for one in found.passes:
        if one.event.order <= event.order or things.isdisjoint(covered(one.network)):
            continue
        if not found.is_learnt_from(one):
            inferred = True
            continue
        if not any(loop in one.event.loops for loop in loops):
            continue
        if not inferred and not _is_used(event, one, things, found):
            return None  # trained in evaluation mode on purpose: frozen statistics
        return None if _is_taken_back(event, one, things, modes) else one
    return None


def _is_used(event: Event, one: Pass, things: set[Thing], found: Networks) -> bool:
    """Whether a method of the network that answers, like ``generate()``, is called between a change and a pass."""
    return any(
        event.order < other.order < one.event.order
        and other.method in INFERENCE_METHODS
        and other.receiver is not None
        and other.receiver.thing in things
        for other in found.trace.events
    )


def _is_taken_back(event: Event, one: Pass, things: set[Thing], modes: Modes) -> bool:
    return any(
        switch.mode != EVAL and event.order < switch.event.order < one.event.order and not things.isdisjoint(switch.things)
        for switch in modes.switches
    )


def _leaves(event: Event, loop: Loop, found: Networks) -> bool:
    """Whether the arm in which something happens leaves a loop, so that there is no later round."""
    for branch in event.branches:
        end = found.trace.ends.get((branch.site, branch.arm))
        inside = branch.site.path == loop.site.path and loop.site.start <= branch.site.start
        if inside and end is not None and end.how in ("return", "raise", "exit", "break"):
            return True
    return False


def _once_each(chosen: dict[object, Misuse]) -> tuple[Misuse, ...]:
    """What was chosen, in order of place, each call once."""
    found = {misuse.event.site: misuse for misuse in sorted(chosen.values(), key=_place, reverse=True)}
    return tuple(sorted(found.values(), key=_place))


def _place(misuse: Misuse) -> tuple[str, int]:
    return (misuse.event.site.path, misuse.event.site.start)
