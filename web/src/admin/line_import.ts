// Sends a file of lines, some hundred at a time, so that progress is what the server has made. A busy server is asked
// again, and an ended sign-in is waited for. Repeating lines changes nothing, so that a part may be sent again.

import { sleep } from "../../../clients/typescript/src/backoff.js";
import { Failure } from "../api/failure.js";
import type { Support } from "./support.js";

export type ImportMode = "fill" | "overwrite";

export interface LineProblem {
  line: number;
  outcome: "invalid" | "skipped";
  errors: { field: string; message: string }[];
}

export interface ImportCounts {
  created: number;
  changed: number;
  unchanged: number;
  invalid: number;
  skipped: number;
}

export interface ImportProgress {
  /** Bytes that have been made, of all. */
  bytes: number;
  size: number;
  lines: number;
  counts: ImportCounts;
  problems: LineProblem[];
}

/** Lines of one request: as many as the server makes in one transaction. */
const LINES = 1_000;
/** Bytes of one request, about. */
const BYTES = 1_048_576;
/** Times that a busy or absent server is asked again, and the longest wait between, in seconds. */
const ATTEMPTS = 5;
const LONGEST_WAIT = 30;
/** Milliseconds that the answer to one request may take. */
const PATIENCE = 120_000;

export async function importFile(
  support: Support,
  file: File,
  mode: ImportMode,
  tell: (progress: ImportProgress) => void,
  stop: AbortSignal,
): Promise<ImportProgress> {
  const progress: ImportProgress = {
    bytes: 0,
    size: file.size,
    lines: 0,
    counts: { created: 0, changed: 0, unchanged: 0, invalid: 0, skipped: 0 },
    problems: [],
  };
  for await (const part of parts(file)) {
    if (stop.aborted) break;
    const answer = await sendPatiently(support, part.text, mode, stop);
    if (!answer) break;
    for (const problem of answer.problems) progress.problems.push({ ...problem, line: problem.line + progress.lines });
    for (const key of Object.keys(progress.counts) as (keyof ImportCounts)[]) progress.counts[key] += answer.counts[key];
    progress.lines += part.lines;
    progress.bytes += part.bytes;
    tell({ ...progress });
  }
  return progress;
}

interface Part {
  text: string;
  lines: number;
  bytes: number;
}

/** Whole lines, in parts. */
async function* parts(file: File): AsyncGenerator<Part> {
  // Other encodings would be imported as texts with replacement characters.
  const decoder = new TextDecoderStream("utf-8", { fatal: true });
  const reader = file.stream().pipeThrough(decoder).getReader();
  const encoder = new TextEncoder();
  let rest = "";
  let part: Part = { text: "", lines: 0, bytes: 0 };
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Failure("unreadable");
    });
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    for (const [index, line] of lines.entries()) {
      const isEnd = done && index === lines.length - 1;
      if (isEnd && line === "") break;
      const text = isEnd ? line : `${line}\n`;
      part = { text: part.text + text, lines: part.lines + 1, bytes: part.bytes + encoder.encode(text).length };
      if (part.lines < LINES && part.bytes < BYTES) continue;
      yield part;
      part = { text: "", lines: 0, bytes: 0 };
    }
    if (done) break;
  }
  if (part.lines > 0) yield part;
}

interface PartAnswer {
  counts: ImportCounts;
  problems: LineProblem[];
}

/** Null if it was stopped before it was sent. */
async function sendPatiently(
  support: Support,
  text: string,
  mode: ImportMode,
  stop: AbortSignal,
): Promise<PartAnswer | null> {
  for (let attempt = 1; !stop.aborted; attempt++) {
    try {
      return await support.carryOut(() => send(support, text, mode));
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.kind === "signed_out") {
        await support.untilSignedIn(stop);
        continue;
      }
      const isTemporary = ["away", "rate_limited", "timeout", "offline"].includes(failure.kind);
      if (!isTemporary || attempt >= ATTEMPTS) throw failure;
      await sleep(Math.min(LONGEST_WAIT, failure.retryAfter || attempt) * 1_000, stop);
    }
  }
  return null;
}

/** The body and the answer are lines, which the client's types do not describe. */
async function send(support: Support, text: string, mode: ImportMode): Promise<PartAnswer> {
  const { api } = support;
  const attempt = (token: string) =>
    fetch(`${api.server}/api/v1/admin/import?mode=${mode}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/x-ndjson" },
      body: text,
      signal: AbortSignal.timeout(PATIENCE),
    });
  const token = await api.tokens.current();
  if (token === "") throw new Failure("signed_out", "", 401);
  let response = await attempt(token);
  if (response.status === 401 && (await api.tokens.replace(token))) response = await attempt(await api.tokens.current());
  if (!response.ok) throw Failure.of(response, await response.json().catch(() => null));
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  const answers = lines.map((line) => JSON.parse(line) as LineProblem | { counts: ImportCounts });
  const last = answers.pop();
  if (!last || !("counts" in last)) throw new Failure("offline", "The answer broke off.");
  return { counts: last.counts, problems: answers as LineProblem[] };
}
