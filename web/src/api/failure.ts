// What went wrong with a request, whatever family's shape it was told in.

/** The kinds of failures that the page tells apart. */
export type FailureKind =
  | "offline"
  | "timeout"
  | "signed_out"
  | "other_user"
  | "erased"
  | "forbidden"
  | "locked"
  | "missing"
  | "limit"
  | "done"
  | "conflict"
  | "rate_limited"
  | "away"
  | "invalid"
  | "too_large"
  /** A file that cannot be read. */
  | "unreadable"
  | "other";

/** A request that failed. */
export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    /** What the server said, in its words. */
    readonly detail = "",
    readonly status = 0,
    /** Seconds after which to try again; 0 where the server named none. */
    readonly retryAfter = 0,
    readonly requestId = "",
  ) {
    super(detail || kind);
  }

  /** The failure that an answer tells of. */
  static of(response: Response, body: unknown): Failure {
    const detail = detailOf(body);
    const retryAfter = Number(response.headers.get("Retry-After")) || 0;
    const requestId = response.headers.get("X-Request-Id") ?? "";
    return new Failure(kindOf(response.status, body, detail), detail, response.status, retryAfter, requestId);
  }

  /** The failure that an exception of `fetch` tells of. */
  static from(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (error instanceof DOMException && error.name === "TimeoutError") return new Failure("timeout");
    return new Failure("offline", String(error));
  }
}

function kindOf(status: number, body: unknown, detail: string): FailureKind {
  switch (status) {
    case 400:
    case 415:
    case 422:
      return "invalid";
    case 401:
      return detail === "Account has been deleted" ? "erased" : "signed_out";
    case 403:
      return isLocked(body) ? "locked" : "forbidden";
    case 404:
      return "missing";
    case 408:
      return "timeout";
    case 409:
      return isObject(body) && body["code"] === "LIMIT_REACHED" ? "limit" : "done";
    case 412:
      return "conflict";
    case 413:
      return "too_large";
    case 429:
      return "rate_limited";
    case 502:
    case 503:
    case 504:
      return "away";
    default:
      return "other";
  }
}

/** The users-me family names the setting, the problem family a code, and the envelope says it in its message. */
function isLocked(body: unknown): boolean {
  if (!isObject(body)) return false;
  if ("code" in body) return body["code"] === "SETTING_LOCKED";
  if ("success" in body) return body["message"] === "Setting is locked";
  return !("detail" in body);
}

function detailOf(body: unknown): string {
  if (!isObject(body)) return "";
  const errors = body["errors"];
  if (Array.isArray(errors) && errors.length > 0) {
    return errors.map((error: { message?: unknown }) => String(error.message ?? "")).join(" ");
  }
  if (typeof body["detail"] === "string") return body["detail"];
  if ("success" in body) {
    const data = body["data"];
    return isObject(data) ? Object.values(data).map(String).join(" ") : String(body["message"] ?? "");
  }
  return Object.values(body).flat().map(String).join(" ");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
