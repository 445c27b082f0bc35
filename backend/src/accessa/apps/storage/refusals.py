"""What the storage refuses, in the words and codes of Supabase Storage."""

from __future__ import annotations

_SERVER_FAULT = 500


class RefusedError(Exception):
    """A request that is answered with the four-field error body.

    `status` is the meaning (404, 409, …) and travels as a string in the body; the HTTP status of the answer is 400 for
    all of them below 500, as the real service has it.
    """

    def __init__(
        self, status: int, code: str, message: str, *, error: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.error = error or code
        self.headers = headers or {}
        super().__init__(f"{status} {code}: {message}")

    @property
    def http_status(self) -> int:
        """The HTTP status of the answer."""
        return 400 if self.status < _SERVER_FAULT else self.status

    def body(self) -> dict[str, str]:
        """Return the error body: statusCode, error, message, code."""
        return {"statusCode": str(self.status), "error": self.error, "message": self.message, "code": self.code}


def bad_request(message: str) -> RefusedError:
    """The request lacks a field, or a field has the wrong form."""
    return RefusedError(400, "InvalidRequest", message, error="Error")


def access_denied(message: str) -> RefusedError:
    """The token is not valid, or its role may not do this."""
    return RefusedError(403, "AccessDenied", message, error="Unauthorized")


def row_refused() -> RefusedError:
    """A role other than the service role tried to write."""
    return access_denied("new row violates row-level security policy")


def object_missing() -> RefusedError:
    """There is no such object, or the caller may not know of it."""
    return RefusedError(404, "NoSuchKey", "Object not found", error="not_found")


def bucket_missing() -> RefusedError:
    """There is no such bucket, or the caller may not know of it."""
    return RefusedError(404, "NoSuchBucket", "Bucket not found", error="Bucket not found")


def already_exists(code: str) -> RefusedError:
    """The name is taken; `code` is KeyAlreadyExists, BucketAlreadyExists or ResourceAlreadyExists."""
    return RefusedError(409, code, "The resource already exists", error="Duplicate")


def bucket_not_empty() -> RefusedError:
    """Only an empty bucket can be deleted."""
    return RefusedError(409, "ResourceNotEmpty", "The bucket you tried to delete is not empty")


def too_large(subject: str = "object") -> RefusedError:
    """The body is larger than the bucket, or the service, takes."""
    return RefusedError(
        413, "EntityTooLarge", f"The {subject} exceeded the maximum allowed size", error="Payload too large"
    )


def mime_refused(mime: str) -> RefusedError:
    """The bucket does not take this content type."""
    return RefusedError(415, "InvalidMimeType", f"mime type {mime} is not supported", error="invalid_mime_type")


def invalid_key(key: str) -> RefusedError:
    """The object's name holds a character or a segment that is not allowed."""
    return RefusedError(400, "InvalidKey", f"Invalid key: {key}")


def invalid_bucket_name() -> RefusedError:
    """The bucket's name holds a character that is not allowed, or is too long."""
    return RefusedError(400, "InvalidBucketName", "Bucket name invalid", error="Invalid Input")


def invalid_signature(message: str = "Invalid signature") -> RefusedError:
    """The signed URL's token is genuine, but made for something else; or it is missing where a header carries it."""
    return RefusedError(400, "InvalidSignature", message)


def invalid_token(message: str) -> RefusedError:
    """The signed URL's token is no token of ours, or it has expired."""
    return RefusedError(400, "InvalidJWT", message)


def invalid_range(size: int) -> RefusedError:
    """The range lies beyond the object's end."""
    headers = {"Content-Range": f"bytes */{size}"}
    return RefusedError(400, "InvalidRange", "invalid range provided", error="invalid_range", headers=headers)


def tus_refusal(status: int, message: str, headers: dict[str, str] | None = None) -> RefusedError:
    """The request does not follow the protocol of resumable uploads; `status` is its HTTP status there."""
    return RefusedError(status, "TusError", message, headers=headers)


def upload_missing() -> RefusedError:
    """There is no such resumable upload, or its time is over."""
    return tus_refusal(404, "The file for this url was not found")


def upload_locked() -> RefusedError:
    """Another request is sending to the same resumable upload."""
    return RefusedError(423, "ResourceLocked", "The resource is locked", error="Locked")


def disk_full() -> RefusedError:
    """The disk under the storage is full; nothing of the request was stored."""
    return RefusedError(500, "InsufficientStorage", "The disk is full", error="disk_full")


def internal_error() -> RefusedError:
    """Something unexpected happened; the log has the place."""
    return RefusedError(500, "InternalError", "Internal server error")
