"""How the embedded forge says no: GitHub's status codes and message shapes."""

from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(Exception):  # noqa: N818 - an answer to a client, not a fault of the program
    """An answer of 400 or above; never leaves the server as a Python error."""

    def __init__(self, status: int, message: str, errors: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors

    def payload(self) -> dict[str, Any]:
        """Return the JSON body that GitHub would send."""
        body: dict[str, Any] = {
            "message": self.message,
            "documentation_url": DOCUMENTATION,
            "status": str(self.status),
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return body


def invalid(resource: str, field: str, code: str) -> Refusal:
    """Refuse a field by a code (`missing`, `missing_field`, `invalid`)."""
    return Refusal(
        422, "Validation Failed", ({"resource": resource, "field": field, "code": code},)
    )


def custom(resource: str, message: str, field: str | None = None) -> Refusal:
    """Refuse with a sentence of its own (`code: custom`)."""
    error = {"resource": resource, "code": "custom", "message": message}
    return Refusal(422, "Validation Failed", ({**error, "field": field} if field else error,))


def not_found() -> Refusal:
    """Refuse what is not there, without saying more."""
    return Refusal(404, "Not Found")
