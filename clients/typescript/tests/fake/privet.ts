// A Privet for tests: decisions, the feed and a device's stream as the contract has them, and what a server, a network
// or a proxy may do to them.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers a request in place of the fake, for one time. */
export type Mishap = (request: IncomingMessage, response: ServerResponse) => void;

interface Told {
  user_id?: string;
  all?: true;
  kinds: string[];
  at: string;
}

export class FakePrivet {
  /** Requests, as `METHOD path`, with their `Last-Event-ID`. */
  readonly requests: { what: string; lastEventId: string | undefined; token: string | undefined }[] = [];
  /** Sizes of the batches of checks. */
  readonly batches: number[] = [];
  /** Tokens that are valid. */
  readonly tokens = new Set(["token"]);
  /** What happens to the next requests of a path, one after the other. */
  readonly mishaps: { path: string; mishap: Mishap }[] = [];
  /** Milliseconds before a decision is read, and before its answer is sent. */
  delays: () => [number, number] = () => [0, 0];
  /** Milliseconds between a change and its being told. */
  lag = 0;
  /** How text is sent. */
  send: (response: ServerResponse, text: string) => void = (response, text) => void response.write(text);
  /** Whether the feed says that everything was told. */
  beats = true;
  /** Whether answers have a cursor. They have none while another replica has a newer catalogue. */
  sendsCursor = true;

  readonly #versions = new Map<string, number>();
  #catalogue = 0;
  #told: Told[] = [];
  #earliest = 0;
  readonly #streams = new Map<ServerResponse, number>();
  readonly #devices = new Set<ServerResponse>();
  readonly #server: Server;
  readonly #beat: NodeJS.Timeout;

  private constructor(beat: number) {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#beat = setInterval(() => this.#caughtUp(), beat);
  }

  static async start(beat = 20): Promise<FakePrivet> {
    const fake = new FakePrivet(beat);
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get streams(): number {
    return this.#streams.size + this.#devices.size;
  }

  count(path: string): number {
    return this.requests.filter(({ what }) => what.includes(path)).length;
  }

  /** What a decision about the two is now. It grows with each change. */
  truth(viewer: string, subject: string): number {
    return this.#catalogue + (this.#versions.get(viewer) ?? 0) + (this.#versions.get(subject) ?? 0);
  }

  /** Changes a user and tells it. */
  change(user: string): void {
    this.#versions.set(user, (this.#versions.get(user) ?? 0) + 1);
    this.#tell({ user_id: user, kinds: ["messaging"], at: new Date().toISOString() });
  }

  changeAll(): void {
    this.#catalogue++;
    this.#tell({ all: true, kinds: ["catalogue"], at: new Date().toISOString() });
  }

  tellDevices(data: object): void {
    for (const device of this.#devices) this.send(device, `data: ${JSON.stringify(data)}\n\n`);
  }

  /** Forgets what was told, as retention does. */
  expire(): void {
    this.#earliest = this.#told.length;
  }

  /** Cuts every stream, as a network does. */
  cut(): void {
    for (const stream of [...this.#streams.keys(), ...this.#devices]) stream.destroy();
  }

  /** Ends every stream, as a server does that stops. */
  end(retry: number): void {
    for (const stream of [...this.#streams.keys(), ...this.#devices]) stream.end(`retry: ${retry}\n\n`);
  }

  async stop(): Promise<void> {
    clearInterval(this.#beat);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tell(change: Told): void {
    setTimeout(() => {
      this.#told.push(change);
      for (const stream of this.#streams.keys()) this.#flush(stream);
    }, this.lag);
  }

  #flush(stream: ServerResponse): void {
    const from = this.#streams.get(stream) ?? 0;
    const events = this.#told.slice(from).map((told, index) => `id: c${from + index + 1}\ndata: ${JSON.stringify(told)}\n\n`);
    this.#streams.set(stream, this.#told.length);
    if (events.length > 0) this.send(stream, events.join(""));
  }

  #caughtUp(): void {
    if (!this.beats) return;
    for (const stream of this.#streams.keys()) this.send(stream, 'data: {"type": "caught_up"}\n\n');
    for (const device of this.#devices) device.write(": beat\n\n");
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const id = request.headers["last-event-id"];
    const token = request.headers.authorization?.replace("Bearer ", "");
    this.requests.push({ what: `${request.method} ${request.url}`, lastEventId: id as string | undefined, token });
    const mishap = this.mishaps.findIndex(({ path }) => url.pathname.endsWith(path));
    if (mishap >= 0) return this.mishaps.splice(mishap, 1)[0]!.mishap(request, response);
    if (!this.tokens.has(token ?? "")) return problem(response, 401, "UNAUTHORIZED", "Token has expired");
    if (url.pathname === "/api/v1/privacy/decisions") return this.#decide(request, response);
    if (url.pathname === "/api/v1/users/me/changes") return this.#device(response);
    if (url.pathname !== "/api/v1/privacy/changes") return problem(response, 404, "NOT_FOUND", "Not found");
    const after = (id as string | undefined) ?? url.searchParams.get("after") ?? "now";
    const from = after === "now" ? this.#told.length : after === "earliest" ? this.#earliest : Number(after.slice(1));
    if (from < this.#earliest) return problem(response, 410, "CURSOR_EXPIRED", "The cursor is too old");
    if (request.headers.accept !== "text/event-stream") return answer(response, { changes: [], next: `c${from}`, caught_up: true });
    open(response);
    this.#streams.set(response, from);
    response.on("close", () => this.#streams.delete(response));
    this.#flush(response);
    this.#caughtUp();
  }

  #device(response: ServerResponse): void {
    open(response);
    this.#devices.add(response);
    response.on("close", () => this.#devices.delete(response));
    const etags = { account: '"a"', email: '"e"', messaging: '"m"', preferences: '"p"' };
    this.send(response, `data: ${JSON.stringify({ type: "state", etags })}\n\n`);
  }

  async #decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += part;
    const { checks } = JSON.parse(body) as { checks: { viewer: string; subject: string; action: string }[] };
    this.batches.push(checks.length);
    const bad = checks.findIndex(({ action }) => action === "unknown");
    if (bad >= 0) {
      const errors = [{ field: `checks[${bad}].action`, message: "no such action" }];
      return problem(response, 400, "INVALID_REQUEST", "no such action", {}, { errors });
    }
    const [before, after] = this.delays();
    await pause(before);
    const cursor = this.sendsCursor ? { "Privet-Cursor": `c${this.#told.length}` } : {};
    const decisions = checks.map(({ viewer, subject }) => ({ allowed: true, reason: String(this.truth(viewer, subject)) }));
    await pause(after);
    answer(response, { decisions }, cursor);
  }
}

export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
  members: object = {},
): void {
  response.writeHead(status, { "Content-Type": "application/problem+json", ...headers });
  response.end(JSON.stringify({ type: "about:blank", title: code, status, detail, code, ...members }));
}

export function open(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.flushHeaders();
}

export function pause(milliseconds: number): Promise<void> {
  return milliseconds === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until this holds. */
export async function eventually(holds: () => boolean, what = holds.toString()): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await pause(5);
  }
}

function answer(response: ServerResponse, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
