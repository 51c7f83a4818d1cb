// What somebody may see and do: the very decisions that the product's services get.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Explained } from "../api/answers.js";
import { FailureNote } from "../parts/failure_note.js";
import { PersonField, shortName } from "../parts/person.js";
import { Decisions } from "../parts/decisions.js";
import { newId, useUi } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";

const MADE_UP = ["stranger", "added_contact", "contact", "close_friend", "follower", "followed", "mutual_follower"] as const;
type MadeUp = (typeof MADE_UP)[number];

type Viewer = { as: MadeUp } | { viewer: string };

interface Seen {
  viewer: Viewer;
  /** That of the centre before the decisions were read. */
  revision: number;
  decisions: Record<string, Explained>;
  preview: { visibility: "full" | "limited"; profile: Record<string, unknown> } | null;
}

export function ViewAs() {
  const { centre, t, format, profile } = useUi();
  const [as, setAs] = useState<MadeUp | "person">("stranger");
  const [seen, setSeen] = useState<Seen | null>(null);
  const [id] = useState(() => newId("as"));
  const look = useAction();
  const lookAgain = useAction();
  /** Whom the last answer that is shown is about. */
  const shown = useRef<Viewer | null>(null);
  const read = async (viewer: Viewer): Promise<Seen> => {
    const { revision } = centre;
    const params = { query: viewer as never };
    const { data } = await centre.api.ask<unknown>((client, signal) =>
      client.GET("/api/v1/privacy/explain", { params, signal }),
    );
    const { decisions } = data as { decisions: Record<string, Explained> };
    let preview: Seen["preview"] = null;
    if (profile) {
      const answer = await centre.api.ask<unknown>((client, signal) =>
        client.POST("/api/v1/privacy/preview", { params, body: { profile: profile as never }, signal }),
      );
      preview = answer.data as Seen["preview"];
    }
    return { viewer, revision, decisions, preview };
  };
  const show = (viewer: Viewer) =>
    look.run(async () => {
      const answer = await read(viewer);
      shown.current = viewer;
      lookAgain.clear();
      setSeen(answer);
    });
  const tried = useRef<{ viewer: Viewer; revision: number } | null>(null);
  // Something changed after it was read. What was chosen meanwhile is not replaced. A failure is tried again by the user, or
  // after the next change.
  useEffect(() => {
    const { revision } = centre;
    if (!seen || seen.revision === revision || lookAgain.isBusy) return;
    const { viewer } = seen;
    if (tried.current?.viewer === viewer && tried.current.revision === revision) return;
    tried.current = { viewer, revision };
    void lookAgain.run(async () => {
      const answer = await read(viewer);
      if (shown.current === viewer) setSeen(answer);
    });
  }, [seen, centre.revision, lookAgain.isBusy]);
  const failure = look.failure ?? lookAgain.failure;
  return (
    <section aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`} class="hidden">
        {t.views.as}
      </h3>
      <p class="muted">{t.viewAs.about}</p>
      <form
        class="field-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (as !== "person") void show({ as });
        }}
      >
        <div class="field">
          <label for={id}>{t.viewAs.label}</label>
          <select id={id} value={as} onChange={(event) => setAs(event.currentTarget.value as MadeUp | "person")}>
            {MADE_UP.map((viewer) => (
              <option key={viewer} value={viewer}>
                {t.viewAs[viewer]}
              </option>
            ))}
            <option value="person">{t.viewAs.person}</option>
          </select>
        </div>
        {as !== "person" && (
          <div class="field-actions">
            <button type="submit" class="primary" aria-disabled={look.isBusy}>
              {t.viewAs.show}
            </button>
          </div>
        )}
      </form>
      {as === "person" && (
        <PersonField
          label={t.picker.label}
          button={t.viewAs.show}
          isBusy={look.isBusy}
          submit={(person) => show({ viewer: person }).then(() => false)}
        />
      )}
      {failure &&
        (failure.kind === "missing" ? (
          <p class="note failure" role="alert">
            {t.failures.gone}
          </p>
        ) : (
          <FailureNote failure={failure} retry={look.failure ? look.retry : lookAgain.retry} />
        ))}
      {seen && (
        <div class="seen" role="region" aria-live="polite" aria-labelledby={`${id}-result`}>
          <h4 id={`${id}-result`}>{format.fill(t.viewAs.result, { viewer: viewerName(seen.viewer) })}</h4>
          {seen.preview && <Preview preview={seen.preview} />}
          <Decisions decisions={seen.decisions} actions={centre.settings.catalogue?.actions ?? []} heading="h5" />
        </div>
      )}
    </section>
  );

  function viewerName(viewer: Viewer): string {
    return "as" in viewer ? format.phrase(t.viewAs[viewer.as]) : shortName(centre.people.get(viewer.viewer).name);
  }
}

function Preview({ preview }: { preview: NonNullable<Seen["preview"]> }) {
  const { t } = useUi();
  const members = Object.entries(preview.profile).filter(([key]) => key !== "user_id");
  return (
    <div class="panel">
      <p>
        <strong>{t.viewAs.profile}.</strong> {preview.visibility === "full" ? t.viewAs.full : t.viewAs.limited}
      </p>
      <dl class="pairs">
        {members.map(([key, value]) => (
          <div key={key}>
            <dt>{key.replace(/_/g, " ")}</dt>
            <dd>
              <bdi>{value === null ? t.none : typeof value === "string" ? value : JSON.stringify(value)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
