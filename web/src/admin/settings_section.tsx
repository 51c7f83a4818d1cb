// The person's settings: what is in force, why, and a change for the person.

import { useRef, useState } from "preact/hooks";
import type { SupportView } from "../api/answers.js";
import type { Setting, Value } from "../model/catalogue.js";
import { sameValue } from "../model/values.js";
import { useWords } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";
import { AdminFailure } from "./admin_failure.js";
import type { Support } from "./support.js";

export function SettingsSection(props: { support: Support; view: SupportView; reason: string }) {
  const { t, format } = useWords();
  const [settings, setSettings] = useState(props.view.settings);
  const [open, setOpen] = useState("");
  const rows = useRef<HTMLUListElement>(null);
  return (
    <section aria-labelledby="person-settings">
      <h3 id="person-settings">{t.admin.settings}</h3>
      <ul class="rows" ref={rows}>
        {settings.map((setting) => {
          const title = format.catalogue(setting.title);
          const isOpen = open === setting.name;
          return (
            <li key={setting.name} data-setting={setting.name}>
              <div class="row">
                <div class="row-text plain">
                  <p>
                    {title}: <strong>
                      <bdi>{format.value(setting, setting.value)}</bdi>
                    </strong>
                  </p>
                  <p class="muted">
                    <Source setting={setting} /> <span class="id">{setting.name}</span>
                  </p>
                </div>
                <button
                  type="button"
                  aria-expanded={isOpen}
                  aria-label={format.fill(t.admin.changeOf, { setting: title })}
                  onClick={() => setOpen(isOpen ? "" : setting.name)}
                >
                  {t.admin.change}
                </button>
              </div>
              {isOpen && (
                <Editor
                  setting={setting}
                  change={(value) => props.support.change(props.view.user_id, props.reason, setting.name, value)}
                  changed={(next) => {
                    setSettings(next);
                    setOpen("");
                    // The form goes; what opened it stays.
                    rows.current?.querySelector<HTMLElement>(`[data-setting="${setting.name}"] button`)?.focus();
                  }}
                />
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Source({ setting }: { setting: Setting }) {
  const { t, format } = useWords();
  const { sources } = t.admin;
  const { source } = setting;
  if (source === "choice") return <>{sources.choice}.</>;
  if (source === "default") return <>{sources.default}.</>;
  return <>{format.fill(sources.layer, { layer: source.replace("layer:", "") })}.</>;
}

function Editor(props: {
  setting: Setting;
  change: (value?: { value: Value }) => Promise<SupportView["settings"]>;
  changed: (settings: SupportView["settings"]) => void;
}) {
  const { t, format } = useWords();
  const { setting } = props;
  const values = valuesOf(setting);
  const [text, setText] = useState(
    values ? String(values.findIndex((value) => sameValue(value, setting.value))) : plain(setting.value),
  );
  const act = useAction();
  const id = `new-${setting.name.replace(/\W/g, "-")}`;
  const send = (value?: { value: Value }) => void act.run(async () => props.changed(await props.change(value)));
  const submit = (event: Event) => {
    event.preventDefault();
    send({ value: values ? values[Number(text)] : typed(text, setting) });
  };
  return (
    <form class="field-row panel" onSubmit={submit} noValidate>
      <div class="field">
        <label for={id}>{t.admin.changeTo}</label>
        {values ? (
          <select id={id} value={text} onChange={(event) => setText(event.currentTarget.value)}>
            {values.map((value, index) => (
              <option key={index} value={String(index)}>
                {format.value(setting, value)}
              </option>
            ))}
          </select>
        ) : (
          <input id={id} type="text" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        )}
      </div>
      <div class="field-actions">
        <button type="submit" class="primary" aria-disabled={act.isBusy}>
          {t.admin.apply}
        </button>
        {"chosen" in setting && (
          <button type="button" aria-disabled={act.isBusy} onClick={() => send()}>
            {t.admin.takeBack}
          </button>
        )}
      </div>
      {act.failure && <AdminFailure failure={act.failure} scope="users:support" />}
    </form>
  );
}

/** The values to choose from; null where one is typed. */
function valuesOf(setting: Setting): Value[] | null {
  if (setting.values) return setting.values;
  const schema = setting.schema ?? {};
  if (schema["type"] === "boolean") return [true, false];
  return Array.isArray(schema["enum"]) ? schema["enum"] : null;
}

function plain(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was typed: text where the setting takes text, else JSON. */
function typed(text: string, setting: Setting): Value {
  if (setting.schema?.["type"] === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
