from dcactivity.people.resolution import resolve_people
__all__ = ["resolve_people"]
