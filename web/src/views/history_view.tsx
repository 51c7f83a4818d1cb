// What was changed, by whom, and who of the staff looked.

import type { AuditEntry, Look } from "../api/answers.js";
import { changeInWords } from "../parts/change_words.js";
import { ListView } from "../parts/list_view.js";
import { useUi, type Ui } from "../parts/ui.js";

/** The id with which an import at the command line is recorded. */
const OPERATOR = "00000000-0000-0000-0000-000000000000";

export function HistoryView() {
  const { centre, t, format } = useUi();
  const settings = centre.settings.catalogue?.settings ?? [];
  return (
    <>
      <section aria-labelledby="changes">
        <h3 id="changes">{t.history.changes}</h3>
        <p class="muted">{t.history.about}</p>
        <div class="field">
          <label for="history-of">{t.history.filter}</label>
          <select
            id="history-of"
            value={centre.historyOf}
            onChange={(event) => {
              centre.historyOf = event.currentTarget.value;
              void centre.history.restart();
            }}
          >
            <option value="">{t.history.all}</option>
            {settings.map((setting) => (
              <option key={setting.name} value={setting.name}>
                {format.catalogue(setting.title)}
              </option>
            ))}
          </select>
        </div>
        <ListView
          list={centre.history}
          label={t.history.changes}
          empty={t.history.none}
          keyOf={(entry) => entry.id}
          item={(entry) => <Entry entry={entry} />}
        />
      </section>
      <section aria-labelledby="looks">
        <h3 id="looks">{t.history.looks}</h3>
        <p class="muted">{t.history.looksAbout}</p>
        <ListView
          list={centre.looks}
          label={t.history.looks}
          empty={t.history.noLooks}
          keyOf={(look) => look.id}
          item={(look) => <LookEntry look={look} />}
        />
      </section>
    </>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const ui = useUi();
  const setting = ui.centre.settings.byName.get(entry.setting);
  const actor = actorName(ui, entry.actor_id);
  return (
    <div class="entry">
      <p>
        {changeInWords(ui, entry, setting, actor)}{" "}
        {entry.reason && ui.format.fill(ui.t.history.reason, { reason: entry.reason })}
      </p>
      <p class="muted">
        <time dir="auto" dateTime={entry.occurred_at}>{ui.format.date(entry.occurred_at)}</time>
      </p>
    </div>
  );
}

/** Who changed something: the user, the operator at the command line, or somebody of the staff. */
function actorName({ centre, t, format }: Ui, id: string): string {
  if (id === centre.me) return t.you;
  return id === OPERATOR ? t.history.operator : format.fill(t.history.support, { id });
}

function LookEntry({ look }: { look: Look }) {
  const { t, format } = useUi();
  const actor = format.fill(t.history.support, { id: look.actor_id });
  return (
    <div class="entry">
      <p>{format.fill(t.history.looked, { actor, reason: look.reason })}</p>
      <p class="muted">
        <time dir="auto" dateTime={look.occurred_at}>{format.date(look.occurred_at)}</time>
      </p>
    </div>
  );
}
