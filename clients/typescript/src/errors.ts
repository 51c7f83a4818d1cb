// What can go wrong between a client and Privet, and what of it is worth another attempt.

/** An answer of Privet, or of a proxy before it, that is an error. */
export class PrivetError extends Error {
  override readonly name = "PrivetError";

  private constructor(
    /** The status of HTTP. */
    readonly status: number,
    /** The code of the problem, such as `CURSOR_EXPIRED`; undefined if the answer had none. */
    readonly code: string | undefined,
    /** The problem in words. */
    readonly detail: string,
    /** How many milliseconds `Retry-After` asks to wait; undefined if it is missing. */
    readonly retryAfter: number | undefined,
    /** The errors by field. */
    readonly errors: readonly { field: string; message: string }[],
  ) {
    super(code === undefined ? `${status}: ${detail}` : `${status} ${code}: ${detail}`);
  }

  /** Reads the error that an answer is. */
  static async of(response: Response): Promise<PrivetError> {
    const problem = await members(response);
    const errors = Array.isArray(problem["errors"]) ? (problem["errors"] as { field: string; message: string }[]) : [];
    return new PrivetError(
      response.status,
      text(problem["code"]),
      text(problem["detail"]) ?? response.statusText,
      retryAfter(response.headers.get("Retry-After")),
      errors,
    );
  }
}

/** An answer that is not what the contract promises. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** A stream of events that ended, was cut or was silent. It is resumed. */
export class StreamEnded extends Error {
  override readonly name = "StreamEnded";
}

/** Whether the same request may succeed later. A 401 may, with another token. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof ProtocolError) return false;
  if (!(error instanceof PrivetError)) return true;
  if (isErased(error)) return false;
  return error.status >= 500 || [401, 408, 425, 429].includes(error.status);
}

/** Whether the token's user was erased. */
export function isErased(error: unknown): boolean {
  return error instanceof PrivetError && error.status === 401 && error.detail === "Account has been deleted";
}

/** The members of a problem; none if the answer is not one. */
async function members(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** RFC 9110: seconds, or a date. */
function retryAfter(field: string | null): number | undefined {
  if (field === null) return undefined;
  const wait = /^\d+$/.test(field) ? Number(field) * 1000 : Date.parse(field) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
