// Settings by group: for each the control, and for each action who may.

import { actionsOf, grouped, whoMay, type Action, type Group, type Setting } from "../model/catalogue.js";
import { FailureNote } from "../parts/failure_note.js";
import { shortName } from "../parts/person.js";
import { ChangeState, Choice, SourceNote, Switch } from "../parts/setting_control.js";
import { useUi } from "../parts/ui.js";
import { ActionExceptions } from "./action_exceptions.js";

export function SettingsView() {
  const { centre, t } = useUi();
  const { catalogue } = centre.settings;
  if (!catalogue) return null;
  const { exceptions } = centre;
  return (
    <>
      {exceptions.failure && (
        <FailureNote failure={exceptions.failure} retry={() => void exceptions.read()}>
          {t.exceptions.unread}
        </FailureNote>
      )}
      {grouped(catalogue.settings).map(([group, settings]) => (
        <GroupSection key={group} group={group} settings={settings} />
      ))}
    </>
  );
}

function GroupSection({ group, settings }: { group: Group; settings: Setting[] }) {
  const { t } = useUi();
  return (
    <section aria-labelledby={`group-${group}`} part="group">
      <h3 id={`group-${group}`}>{t.groups[group]}</h3>
      {t.groupNotes[group] && <p class="muted">{t.groupNotes[group]}</p>}
      {settings.map((setting) => (
        <SettingRow key={setting.name} setting={setting} />
      ))}
    </section>
  );
}

function SettingRow({ setting }: { setting: Setting }) {
  const { centre, format } = useUi();
  const { catalogue } = centre.settings;
  const id = setting.name.replace(/\W/g, "-");
  const actions = catalogue ? actionsOf(setting, catalogue) : [];
  const control = {
    id,
    describedBy: `${id}-about`,
    value: setting.value,
    isBusy: centre.settings.changes.get(setting.name)?.state === "saving",
    isLocked: setting.locked,
    change: (value: unknown, seen?: unknown) => void centre.settings.change(setting.name, value, seen),
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
          {setting.type === "switch" ? (
            <Switch {...control} />
          ) : (
            <Choice {...control} values={choices(setting)} nameOf={(value) => format.value(setting, value)} />
          )}
        </div>
      </div>
      <ChangeState setting={setting} />
      <SourceNote setting={setting} />
      {actions.map((action) => (
        <ActionRow key={action.name} action={action} isAlone={actions.length === 1 && setting.type === "audience"} />
      ))}
    </div>
  );
}

/** The values that can be chosen; where the setting is locked, the one that stands. */
function choices(setting: Setting): unknown[] {
  const values = setting.allowed ?? setting.values ?? [];
  return values.length > 0 ? values : [setting.value];
}

/** Who may do something. The action is named where the setting's title does not say it already. */
function ActionRow({ action, isAlone }: { action: Action; isAlone: boolean }) {
  const { centre, t, format } = useUi();
  const who = whoMay(action, centre.settings.byName, centre.exceptions.items ?? []);
  const title = format.catalogue(action.title);
  const name = (id: string) => shortName(centre.people.get(id).name);
  return (
    <div class="action" data-action={action.name} part="action">
      <p class="who">
        <span class={isAlone ? "hidden" : "what"}>{title}: </span>
        <strong part="who">{format.whoMay(who, name)}</strong>
        {action.reciprocal && who.audiences[0] !== "nobody" && <span class="muted"> {t.reciprocal}</span>}
      </p>
      <ActionExceptions action={action} title={title} />
    </div>
  );
}
