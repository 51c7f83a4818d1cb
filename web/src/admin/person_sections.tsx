// The other sections of a person: decisions for a viewer, history, cohorts, erasure.

import { useState } from "preact/hooks";
import type { AuditEntry, Explained, SupportView } from "../api/answers.js";
import { isUuid } from "../model/people.js";
import { changeInWords } from "../parts/change_words.js";
import { Decisions } from "../parts/decisions.js";
import { useKeptFocus } from "../parts/focus.js";
import { Receipt } from "../parts/receipt.js";
import { useWords } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";
import { AdminFailure } from "./admin_failure.js";
import { Field } from "./person_view.js";
import type { Support } from "./support.js";

export function ExplainSection(props: { support: Support; person: string; reason: string }) {
  const { t } = useWords();
  const [viewer, setViewer] = useState("");
  const [problem, setProblem] = useState("");
  const [decisions, setDecisions] = useState<Record<string, Explained> | null>(null);
  const act = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    const id = viewer.trim().toLowerCase();
    setProblem(isUuid(id) ? "" : t.admin.notUuid);
    if (!isUuid(id)) return;
    void act.run(async () => setDecisions(await props.support.explain(props.person, props.reason, id)));
  };
  return (
    <section aria-labelledby="explain">
      <h3 id="explain">{t.admin.explain}</h3>
      <form class="field-row" onSubmit={submit} noValidate>
        <Field name="viewer" label={t.admin.viewer} isId value={viewer} problem={problem} change={setViewer} />
        <div class="field-actions">
          <button type="submit" aria-disabled={act.isBusy}>
            {t.admin.explainButton}
          </button>
        </div>
      </form>
      {act.failure && <AdminFailure failure={act.failure} scope="users:support" retry={act.retry} />}
      {decisions && (
        <div aria-live="polite">
          <Decisions decisions={decisions} actions={props.support.actions} heading="h4" />
        </div>
      )}
    </section>
  );
}

export function HistorySection(props: { support: Support; view: SupportView; reason: string }) {
  const words = useWords();
  const { t, format } = words;
  const [entries, setEntries] = useState<AuditEntry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const act = useAction();
  const box = useKeptFocus<HTMLElement>();
  const settings = new Map(props.view.settings.map((setting) => [setting.name, setting]));
  const read = () =>
    void act.run(async () => {
      const page = await props.support.history(props.view.user_id, props.reason, next ?? undefined);
      setEntries([...(entries ?? []), ...page.entries]);
      setNext(page.next_cursor);
    });
  return (
    <section aria-labelledby="person-history" ref={box}>
      <h3 id="person-history">{t.admin.history}</h3>
      {entries?.length === 0 && <p class="muted">{t.history.none}</p>}
      {entries && entries.length > 0 && (
        <ul class="rows">
          {entries.map((entry) => (
            <li key={entry.id} class="entry">
              <p>{changeInWords(words, entry, settings.get(entry.setting), entry.actor_id)}</p>
              <p class="muted">
                <time dir="auto" dateTime={entry.occurred_at}>
                  {format.date(entry.occurred_at)}
                </time>
              </p>
            </li>
          ))}
        </ul>
      )}
      {act.failure && <AdminFailure failure={act.failure} scope="users:support" retry={act.retry} />}
      {(entries === null || next !== null) && (
        <button type="button" aria-disabled={act.isBusy} onClick={read}>
          {entries === null ? t.admin.show : t.more}
        </button>
      )}
    </section>
  );
}

export function CohortsSection(props: { support: Support; view: SupportView }) {
  const { t } = useWords();
  const [text, setText] = useState(props.view.cohorts.join(", "));
  const [isSaved, setSaved] = useState(false);
  const act = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    setSaved(false);
    const cohorts = text.split(",").map((name) => name.trim());
    void act.run(async () => {
      const saved = await props.support.setCohorts(props.view.user_id, cohorts.filter((name) => name !== ""));
      setText(saved.join(", "));
      setSaved(true);
    });
  };
  return (
    <section aria-labelledby="cohorts">
      <h3 id="cohorts">{t.admin.cohorts}</h3>
      <form class="field-row" onSubmit={submit} noValidate>
        <Field name="cohort-names" label={t.admin.cohortNames} hint={t.admin.cohortsHint} value={text} change={setText} />
        <div class="field-actions">
          <button type="submit" aria-disabled={act.isBusy}>
            {t.admin.cohortsSave}
          </button>
        </div>
      </form>
      <p role="status">{isSaved ? `${t.saved} ${t.admin.lookAgain}` : ""}</p>
      {act.failure && <AdminFailure failure={act.failure} scope="users:classify" retry={act.retry} />}
    </section>
  );
}

export function EraseSection(props: { support: Support; person: string }) {
  const { t } = useWords();
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState<{ status: string; receipt?: string } | null>(null);
  const act = useAction();
  const box = useKeptFocus<HTMLElement>();
  const submit = (event: Event) => {
    event.preventDefault();
    const isMeant = typed.trim().toLowerCase() === props.person;
    setProblem(isMeant ? "" : t.admin.eraseMismatch);
    if (isMeant) void act.run(async () => setDone(await props.support.erase(props.person)));
  };
  return (
    <section aria-labelledby="erase" ref={box}>
      <h3 id="erase">{t.admin.erase}</h3>
      <p class="muted">{t.admin.eraseAbout}</p>
      {done ? (
        <div role="status">
          <p>
            <strong>{done.status === "deleting" ? t.admin.erasing : t.admin.erased}</strong>
          </p>
          {done.receipt && <Receipt receipt={done.receipt} />}
        </div>
      ) : (
        <form class="field-row" onSubmit={submit} noValidate>
          <Field name="erase-id" label={t.admin.eraseAsk} isId value={typed} problem={problem} change={setTyped} />
          <div class="field-actions">
            <button type="submit" class="danger" aria-disabled={act.isBusy}>
              {t.admin.eraseButton}
            </button>
          </div>
        </form>
      )}
      {act.failure && <AdminFailure failure={act.failure} scope="users:erase" retry={act.retry} />}
    </section>
  );
}
