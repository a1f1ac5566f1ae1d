"""Who may do what in the studio: roles, sessions and the door that every request passes.

A page says what it needs where that differs from the default (reading: reader; changing: editor)::

    @needs(Role.PUBLISHER)
    def publish(self) -> Any: ...

A template asks ``may("publishing.publish")``, the name of an endpoint, before it shows a button.
"""

from faq_component.studio.access.roles import Role, needs

__all__ = ["Role", "needs"]
