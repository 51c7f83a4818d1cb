// Requests: the project's own client, with one try more after a refused token, and failures in one shape.

import { connect, type paths } from "privet-client";
import type { Client } from "openapi-fetch";
import { Failure } from "./failure.js";
import type { Tokens } from "./token.js";

/** Milliseconds that an answer may take. */
const PATIENCE = 20_000;

/** The client. */
export type PrivetClient = Client<paths>;

/** An answer with its body. */
export interface Answer<T> {
  data: T;
  response: Response;
}

type Raw<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

export class Api {
  constructor(
    readonly server: string,
    readonly tokens: Tokens,
    /** Is told that a request was answered, so that its token is good. */
    private readonly answered: () => void,
  ) {}

  /** Sends a request and returns its answer; throws a `Failure`. */
  async ask<T>(send: (client: PrivetClient, signal: AbortSignal) => Raw<T>): Promise<Answer<T>> {
    let token = await this.tokens.current();
    if (token === "" && (await this.tokens.replace(token))) token = await this.tokens.current();
    // The server would refuse it, and count it as an attempt from this address.
    if (token === "") throw new Failure("signed_out", "", 401);
    let answer = await this.once(send, token);
    if (answer.response.status === 401 && (await this.tokens.replace(token))) {
      token = await this.tokens.current();
      answer = await this.once(send, token);
    }
    const taken = accepted(answer);
    // An answer to an older token tells nothing of the present one.
    if (this.tokens.isGood(token)) this.answered();
    return taken;
  }

  private async once<T>(send: (client: PrivetClient, signal: AbortSignal) => Raw<T>, token: string) {
    try {
      return await send(connect(this.server, () => token), AbortSignal.timeout(PATIENCE));
    } catch (error) {
      throw Failure.from(error);
    }
  }
}

function accepted<T>(answer: Awaited<Raw<T>>): Answer<T> {
  const { response } = answer;
  if (!response.ok && response.status !== 304) throw Failure.of(response, answer.error);
  return { data: answer.data as T, response };
}
