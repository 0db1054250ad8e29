"""Names and attributes of an abstract run: what they stand for, in the project and outside it."""

from __future__ import annotations

from mlops_lint.flow.lower import Code
from mlops_lint.flow.scopes import ClassInfo, Function
from mlops_lint.flow.state import State
from mlops_lint.flow.things import Thing, derive, join_all


class Attributes(State):
    """Resolves imports, attributes and annotations."""

    # -- names and attributes ------------------------------------------------------------------------------------------------------------------------

    def external(self, name: str) -> Thing:
        """The thing from outside the project that a qualified name stands for."""
        found = self._external.get(name)
        if found is None:
            found = self._external[name] = Thing(names=frozenset({name}))
        return found

    def imported(self, dotted: str) -> Thing:
        """What a qualified name stands for when it is imported here: a module, or what a module of the project holds under it."""
        path = self.source.module(dotted, self.path)
        if path is not None:
            self.load(path)
            return Thing(names=frozenset({dotted}), how=("module", path))
        base, _, name = dotted.rpartition(".")
        if base and (path := self.source.module(base, self.path)) is not None:
            module = self.load(path)
            if module is not None:
                found = module.scope.variables.get(name)
                if found is not None:
                    return found
                if module.stars:
                    return Thing(names=frozenset(f"{star}.{name}" for star in module.stars))
                return Thing(how=("missing", dotted))
        return self.external(dotted)

    def attribute(self, thing: Thing, name: str) -> Thing:
        """What an attribute of a thing may be."""
        if thing.how and thing.how[0] == "module":
            return self._of_module(thing, name)
        if thing.how and thing.how[0] == "super":
            return self._of_super(thing, name)
        found = thing.field(name)
        if found is not None:
            return found
        if thing.owner is not None and (found := self._of_instance(thing, name)) is not None:
            return found
        for callee in thing.callees:
            if isinstance(callee, ClassInfo) and (member := callee.member(name)) is not None:
                return self._bound(member, thing) if self._is_bound_to_class(member) else member
        if thing.names:
            if len(thing.names) == 1:
                return self.external(f"{next(iter(thing.names))}.{name}")
            return Thing(names=frozenset(f"{one}.{name}" for one in thing.names))
        if thing.alternatives:
            found = join_all([self.attribute(one, name) for one in thing.alternatives])
            if found.callees or found.kinds or found.names:
                return found
        return self.models.attribute(thing, name)

    def _of_module(self, thing: Thing, name: str) -> Thing:
        module = self.load(thing.how[1])
        found = module.scope.variables.get(name) if module is not None else None
        if found is not None:
            return found
        dotted = next(iter(thing.names), "")
        path = self.source.module(f"{dotted}.{name}", self.path)
        if path is not None:
            self.load(path)
            return Thing(names=frozenset({f"{dotted}.{name}"}), how=("module", path))
        if module is not None and module.stars:
            return Thing(names=frozenset(f"{star}.{name}" for star in module.stars))
        return Thing(names=frozenset({f"{dotted}.{name}"}))

    def _of_super(self, thing: Thing, name: str) -> Thing:
        _, owner, instance = thing.how
        member = instance.owner.member(name, owner) if instance.owner is not None else owner.member(name, owner)
        if member is not None:
            return self._bound(member, instance)
        return Thing(names=frozenset(f"{base}.{name}" for base in owner.outside), how=("super method", instance))

    def _of_instance(self, thing: Thing, name: str) -> Thing | None:
        owner = thing.owner
        member = owner.member(name) if owner is not None else None
        if member is None:
            return None
        functions = [callee for callee in member.callees if isinstance(callee, Function)]
        if not functions and thing.event is not None and thing.event.what == "parameter" and not member.callees:
            # A field that the class only declares came with the argument.
            result = derive([thing, member], kinds=member.kinds, how=("attribute", name, thing))
            result.constant = member.constant
            thing.set_field(name, result)
            return result
        if not functions:
            return member
        if functions[0].decorated_by("property", "cached_property", "functools.cached_property"):
            return self.run(functions[0].bind(thing), [], {}, None)
        if functions[0].decorated_by("staticmethod"):
            return member
        return self._bound(member, thing)

    def _is_bound_to_class(self, member: Thing) -> bool:
        return any(isinstance(callee, Function) and callee.decorated_by("classmethod") for callee in member.callees)

    def _bound(self, member: Thing, instance: Thing) -> Thing:
        result = Thing(names=member.names)
        result.callees = tuple(callee.bind(instance) if isinstance(callee, Function) else callee for callee in member.callees)
        return result

    def typed(self, annotation: Code | None) -> Thing:
        """An unknown thing of the type that an annotation names."""
        if annotation is None:
            return Thing()
        named = self.evaluate(annotation)
        for callee in named.callees:
            if isinstance(callee, ClassInfo):
                if callee.instances:
                    return callee.instances[0]
                result = Thing(self.models.kinds_of_class(callee))
                result.owner = callee
                return result
        return Thing(self.models.kinds_of_type(named.names))
