// Brings in a file that was downloaded: first what would change, then the change.

import { useRef, useState } from "preact/hooks";
import type { OwnImport } from "../api/answers.js";
import { FailureNote } from "../parts/failure_note.js";
import { useUi } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";

type Mode = "merge" | "replace";
const SECTIONS = ["settings", "contacts", "blocks", "exceptions", "follows"] as const;

/** What is brought in: what was tried is what is carried out. */
interface Input {
  text: string;
  mode: Mode;
}

interface Outcome {
  isDryRun: boolean;
  input: Input;
  result: OwnImport;
}

export function ImportSection() {
  const { centre, t } = useUi();
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<Mode>("merge");
  const [problem, setProblem] = useState("");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const bring = useAction();
  /** What is chosen at present; an answer about another choice is not shown. */
  const chosen = useRef({});
  const choose = () => {
    chosen.current = {};
    setOutcome(null);
    bring.clear();
  };
  const check = () => {
    setProblem(file ? "" : t.data.noFile);
    if (!file) return;
    void bring.run(async () => {
      const text = await file.text().catch(() => null);
      if (text === null) return setProblem(t.data.unreadable);
      if (!isObject(text)) return setProblem(t.data.notJson);
      await send(true, { text, mode });
    });
  };
  const send = async (isDryRun: boolean, input: Input) => {
    const { current } = chosen;
    const params = { query: { mode: input.mode, dry_run: isDryRun } };
    // As it stands in the file: numbers may have more digits than JavaScript keeps.
    const body = { body: {} as never, bodySerializer: () => input.text };
    const { data } = await centre.api.ask((client, signal) =>
      client.POST("/api/v1/users/me/import", { params, ...body, signal }),
    );
    if (!isDryRun || current === chosen.current) setOutcome({ isDryRun, input, result: data });
    if (!isDryRun) await readAll();
  };
  const readAll = async () => {
    await centre.settings.read();
    await Promise.all([centre.exceptions.read(), centre.contacts.read(), centre.blocks.read()]);
  };
  return (
    <section aria-labelledby="import">
      <h3 id="import">{t.data.import}</h3>
      <p class="muted">{t.data.importAbout}</p>
      <form
        class="field-row"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          check();
        }}
      >
        <div class="field">
          <label for="import-file">{t.data.file}</label>
          <input
            id="import-file"
            type="file"
            accept="application/json,.json"
            aria-describedby="import-problem"
            onChange={(event) => {
              setFile(event.currentTarget.files?.[0] ?? null);
              choose();
            }}
          />
          <p class="problem" id="import-problem" role="alert">
            {problem}
          </p>
        </div>
        <div class="field">
          <label for="import-mode">{t.data.mode}</label>
          <select
            id="import-mode"
            value={mode}
            onChange={(event) => {
              setMode(event.currentTarget.value as Mode);
              choose();
            }}
          >
            <option value="merge">{t.data.merge}</option>
            <option value="replace">{t.data.replace}</option>
          </select>
        </div>
        <div class="field-actions">
          <button type="submit" aria-disabled={bring.isBusy}>
            {t.data.check}
          </button>
        </div>
      </form>
      {bring.failure && <FailureNote failure={bring.failure} retry={bring.retry} />}
      {outcome && <OutcomePanel outcome={outcome} isBusy={bring.isBusy} apply={() => void bring.run(() => send(false, outcome.input))} />}
    </section>
  );
}

function OutcomePanel(props: { outcome: Outcome; isBusy: boolean; apply: () => void }) {
  const { t, format } = useUi();
  const { result, isDryRun } = props.outcome;
  const number = (value: number) => format.number(value);
  return (
    <div class="panel" role="status">
      <p>
        <strong>{isDryRun ? t.data.wouldChange : t.data.didChange}</strong>
      </p>
      <dl class="pairs">
        {SECTIONS.map((section) => {
          const { created, changed, unchanged, left_out } = result[section];
          const counts = {
            created: number(created),
            changed: number(changed),
            unchanged: number(unchanged),
            left_out: number(left_out),
          };
          return (
            <div key={section}>
              <dt>{t.data.sections[section]}</dt>
              <dd>{format.fill(t.data.counts, counts)}</dd>
            </div>
          );
        })}
      </dl>
      {result.left_out.length > 0 && (
        <>
          <p>{t.data.leftOut}</p>
          <ul>
            {result.left_out.map((item, index) => (
              <li key={index}>
                <bdi>{format.fill(t.data.leftOutOne, { what: item.what, why: item.why })}</bdi>
              </li>
            ))}
          </ul>
        </>
      )}
      {isDryRun && (
        <button type="button" class="primary" aria-disabled={props.isBusy} onClick={props.apply}>
          {t.data.apply}
        </button>
      )}
    </div>
  );
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
