// Preferences: a control for each key, chosen by the key's schema.

import { useState } from "preact/hooks";
import { languageName, languages, timezoneName, timezones } from "../format/languages.js";
import { preferenceGroups, type Setting, type Value } from "../model/catalogue.js";
import { FailureNote } from "../parts/failure_note.js";
import { useKeptFocus } from "../parts/focus.js";
import { ChangeState, Choice, SourceNote, Switch, type ControlProps } from "../parts/setting_control.js";
import { TextValue } from "../parts/text_value.js";
import { useUi } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";

export function PreferencesView() {
  const { centre, t, format } = useUi();
  const settings = centre.settings.catalogue?.settings ?? [];
  return (
    <>
      {preferenceGroups(settings).map(([group, members]) => (
        <section key={group} aria-labelledby={`preferences-${group}`} part="group">
          <h3 id={`preferences-${group}`}>{group ? format.catalogue(inWords(group)) : t.preferences.general}</h3>
          {members.map((setting) => (
            <PreferenceRow key={setting.name} setting={setting} />
          ))}
        </section>
      ))}
      <ResetAll />
    </>
  );
}

function PreferenceRow({ setting }: { setting: Setting }) {
  const { centre, format } = useUi();
  const id = setting.name.replace(/\W/g, "-");
  const control = {
    id,
    describedBy: `${id}-about`,
    value: setting.value,
    isBusy: centre.settings.changes.get(setting.name)?.state === "saving",
    isLocked: setting.locked,
    change: (value: Value, seen?: Value) => void centre.settings.change(setting.name, value, seen),
  };
  return (
    <div class="setting" data-setting={setting.name} part="setting">
      <div class="setting-head">
        <div class="setting-text">
          <label for={id}>{format.catalogue(setting.title)}</label>
          <p class="muted" id={`${id}-about`}>
            {format.catalogue(setting.description)}
          </p>
        </div>
        <div class="setting-control">
          <PreferenceControl setting={setting} control={control} />
        </div>
      </div>
      <ChangeState setting={setting} />
      <SourceNote setting={setting} />
    </div>
  );
}

function PreferenceControl({ setting, control }: { setting: Setting; control: ControlProps }) {
  const { t, format } = useUi();
  const schema = setting.schema ?? {};
  const nameOf = (value: Value) => format.value(setting, value);
  if (setting.allowed) return <Choice {...control} values={setting.allowed} nameOf={nameOf} />;
  if (schema["type"] === "boolean") return <Switch {...control} />;
  if (Array.isArray(schema["enum"])) return <Choice {...control} values={schema["enum"]} nameOf={nameOf} />;
  const present = String(setting.value);
  if (schema["format"] === "iana-time-zone") {
    return (
      <Choice {...control} values={timezones(present)} nameOf={(zone) => timezoneName(String(zone), format.language)} />
    );
  }
  if (schema["format"] === "bcp47") return <Language control={control} present={present} />;
  if (isColour(schema)) {
    return (
      <input
        id={control.id}
        type="color"
        value={present}
        disabled={control.isLocked}
        aria-busy={control.isBusy}
        aria-describedby={control.describedBy}
        onChange={(event) => {
          const wanted = event.currentTarget.value;
          event.currentTarget.value = present;
          control.change(wanted);
        }}
      />
    );
  }
  return <TextValue control={control} schema={schema} saveLabel={format.fill(t.preferences.saveOf, { setting: format.catalogue(setting.title) })} />;
}

/** A list of languages by name, and a field for any other. */
function Language({ control, present }: { control: ControlProps; present: string }) {
  const { centre, t, format } = useUi();
  const tagId = `${control.id}-tag`;
  const [isOpen] = useState(() => centre.drafts.has(tagId));
  const known = languages(format.language, present);
  return (
    <div class="stack">
      <Choice
        {...control}
        values={known.map(([tag]) => tag)}
        nameOf={(tag) => languageName(String(tag), format.language)}
      />
      <details open={isOpen}>
        <summary>{t.preferences.otherLanguage}</summary>
        <TextValue
          control={{ ...control, id: tagId }}
          schema={{ type: "string", maxLength: 128 }}
          label={t.preferences.otherLanguage}
          saveLabel={t.preferences.save}
        />
      </details>
    </div>
  );
}

function ResetAll() {
  const { centre, t } = useUi();
  const [isAsking, setAsking] = useState(false);
  const reset = useAction();
  const box = useKeptFocus<HTMLElement>((it) => it.querySelector("button")?.focus());
  const carryOut = async () => {
    const isDone = await reset.run(async () => {
      await centre.api.ask<unknown>((client, signal) =>
        client.POST("/api/users/me/preferences/reset/", { body: {} as never, signal }),
      );
      await centre.settings.read();
    });
    if (!isDone) return;
    setAsking(false);
    centre.announce(t.saved);
  };
  return (
    <section ref={box}>
      {isAsking ? (
        <div class="note" role="group" aria-label={t.preferences.resetAll}>
          <p>{t.preferences.resetAllAsk}</p>
          <p class="buttons">
            <button type="button" class="primary" aria-disabled={reset.isBusy} onClick={() => void carryOut()}>
              {t.preferences.resetAll}
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              {t.cancel}
            </button>
          </p>
          {reset.failure && <FailureNote failure={reset.failure} />}
        </div>
      ) : (
        <button type="button" onClick={() => setAsking(true)}>
          {t.preferences.resetAll}…
        </button>
      )}
    </section>
  );
}

function isColour(schema: Record<string, unknown>): boolean {
  const pattern = schema["pattern"];
  return schema["format"] === "color" || (typeof pattern === "string" && /^\^#\[[0-9A-Fa-f-]+\]\{6\}\$$/.test(pattern));
}

/** The name of a group as words: `quiet_hours` is "Quiet hours". */
function inWords(path: string): string {
  const words = path.replace(/[._-]+/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
