// Imports a file of people, with progress and what was wrong with which line.

import { useEffect, useRef, useState } from "preact/hooks";
import { Failure } from "../api/failure.js";
import { useWords } from "../parts/ui.js";
import { importFile, type ImportMode, type ImportProgress } from "./line_import.js";
import type { Support } from "./support.js";

/** Lines that are shown; the rest is counted. */
const SHOWN = 100;

type Outcome = { kind: "done" } | { kind: "stopped" } | { kind: "broken"; failure: Failure };

export function ImportView({ support }: { support: Support }) {
  const { t, format } = useWords();
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<ImportMode>("fill");
  const [problem, setProblem] = useState("");
  const [progress, setProgress] = useState<ImportProgress | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const isRunning = progress !== null && outcome === null;
  const start = async (event: Event) => {
    event.preventDefault();
    if (isRunning) return;
    setProblem(file ? "" : t.data.noFile);
    if (!file) return;
    stop.current = new AbortController();
    const { signal } = stop.current;
    setOutcome(null);
    setProgress({
      bytes: 0,
      size: file.size,
      lines: 0,
      counts: { created: 0, changed: 0, unchanged: 0, invalid: 0, skipped: 0 },
      problems: [],
    });
    try {
      await importFile(support, file, mode, setProgress, signal);
      setOutcome(signal.aborted ? { kind: "stopped" } : { kind: "done" });
    } catch (error) {
      setOutcome({ kind: "broken", failure: Failure.from(error) });
    }
  };
  return (
    <section aria-labelledby="import">
      <h3 id="import">{t.admin.import}</h3>
      <p class="muted">{t.admin.importAbout}</p>
      <form class="field-row" onSubmit={(event) => void start(event)} noValidate>
        <div class="field">
          <label for="import-file">{t.data.file}</label>
          <input
            id="import-file"
            type="file"
            accept=".ndjson,.jsonl,application/x-ndjson"
            disabled={isRunning}
            aria-describedby="import-problem"
            onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
          />
          <p class="problem" id="import-problem" role="alert">
            {problem}
          </p>
        </div>
        <div class="field">
          <label for="import-mode">{t.admin.mode}</label>
          <select
            id="import-mode"
            value={mode}
            disabled={isRunning}
            onChange={(event) => setMode(event.currentTarget.value as ImportMode)}
          >
            <option value="fill">{t.admin.fill}</option>
            <option value="overwrite">{t.admin.overwrite}</option>
          </select>
        </div>
        <div class="field-actions">
          <button type="submit" class="primary" aria-disabled={isRunning}>
            {t.admin.start}
          </button>
          {isRunning && (
            <button type="button" onClick={() => stop.current?.abort()}>
              {t.admin.stop}
            </button>
          )}
        </div>
      </form>
      {progress && <Progress progress={progress} />}
      {progress && outcome && <p role="status">{outcomeWords(progress, outcome)}</p>}
      {progress && progress.problems.length > 0 && <Problems progress={progress} />}
    </section>
  );

  function outcomeWords({ counts, lines }: ImportProgress, outcome: Outcome): string {
    const line = format.number(lines);
    if (outcome.kind === "stopped") return format.fill(t.admin.stopped, { line });
    if (outcome.kind === "done") {
      const numbers = Object.entries(counts).map(([key, value]) => [key, format.number(value)]);
      return format.fill(t.admin.result, Object.fromEntries(numbers));
    }
    const { failure } = outcome;
    const detail =
      failure.kind === "forbidden" ? format.fill(t.admin.scope, { scope: "users:import" }) : format.failure(failure);
    return format.fill(t.admin.broken, { line, detail });
  }
}

function Progress({ progress }: { progress: ImportProgress }) {
  const { t, format } = useWords();
  const size = (bytes: number) => format.bytes(bytes);
  const text = format.fill(t.admin.progress, {
    done: size(progress.bytes),
    all: size(progress.size),
    lines: format.number(progress.lines),
  });
  return (
    <div class="stack-start">
      <progress max={progress.size} value={progress.bytes} aria-label={t.admin.import} />
      <p class="muted">{text}</p>
    </div>
  );
}

function Problems({ progress }: { progress: ImportProgress }) {
  const { t, format } = useWords();
  const { problems } = progress;
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.admin.line}</th>
            <th scope="col">{t.admin.problem}</th>
          </tr>
        </thead>
        <tbody>
          {problems.slice(0, SHOWN).map((problem) => (
            <tr key={problem.line}>
              <td>{format.number(problem.line)}</td>
              <td>
                <bdi>
                  {problem.outcome === "skipped"
                    ? t.admin.skipped
                    : problem.errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join(" ")}
                </bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {problems.length > SHOWN && <p class="muted">{format.count(t.admin.moreErrors, problems.length - SHOWN)}</p>}
    </>
  );
}
