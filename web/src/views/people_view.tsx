// The people around the user: requests, contacts and close friends, exceptions, followers, blocks.

import type { PersonExceptions } from "../model/catalogue.js";
import type { Contact, Follow } from "../model/centre.js";
import { FailureNote } from "../parts/failure_note.js";
import { ListView } from "../parts/list_view.js";
import { PersonField, PersonName, shortName } from "../parts/person.js";
import { useUi } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";
import { removeExceptions } from "./action_exceptions.js";

export function PeopleView() {
  return (
    <>
      <Requests />
      <Contacts />
      <Exceptions />
      <Followers />
      <Blocks />
    </>
  );
}

function Requests() {
  const { centre, t, format } = useUi();
  const { people } = t;
  return (
    <section aria-labelledby="requests">
      <h3 id="requests">{people.requests}</h3>
      <p class="muted">{people.requestsAbout}</p>
      <ListView
        list={centre.requests}
        label={people.requests}
        empty={people.noRequests}
        keyOf={(request) => request.id}
        item={(request) => (
          <Row person={request.followerId} note={format.fill(people.asked, { date: format.date(request.createdAt) })}>
            {(name) => <Answer request={request} name={name} />}
          </Row>
        )}
      />
    </section>
  );
}

function Answer({ request, name }: { request: Follow; name: string }) {
  const { centre, t, format } = useUi();
  const act = useAction();
  const params = { path: { followId: request.id } };
  const accept = () =>
    act.run(() =>
      centre.act("follows", request.followerId, () =>
        centre.api.ask<unknown>((client, signal) =>
          client.POST("/api/v1/e-social/follows/requests/{followId}/accept", { params, signal }),
        ),
      ),
    );
  const decline = () =>
    act.run(() =>
      centre.act("follows", request.followerId, () =>
        centre.api.ask<unknown>((client, signal) =>
          client.DELETE("/api/v1/e-social/follows/requests/{followId}/decline", { params, signal }),
        ),
      ),
    );
  return (
    <>
      <button
        type="button"
        class="primary"
        aria-disabled={act.isBusy}
        aria-label={format.fill(t.people.acceptOf, { person: name })}
        onClick={() => void accept()}
      >
        {t.people.accept}
      </button>
      <button
        type="button"
        aria-disabled={act.isBusy}
        aria-label={format.fill(t.people.declineOf, { person: name })}
        onClick={() => void decline()}
      >
        {t.people.decline}
      </button>
      {act.failure && <FailureNote failure={act.failure} retry={act.retry} />}
    </>
  );
}

function Contacts() {
  const { centre, t } = useUi();
  const { people } = t;
  const add = useAction();
  const addContact = (person: string) =>
    add.run(() =>
      centre.act("contacts", person, () =>
        centre.api.ask<unknown>((client, signal) =>
          client.PUT("/api/v1/contacts/{userId}", { params: { path: { userId: person } }, signal }),
        ),
      ),
    );
  return (
    <section aria-labelledby="contacts">
      <h3 id="contacts">{people.contacts}</h3>
      <p class="muted">{people.contactsAbout}</p>
      <ListView
        list={centre.contacts}
        label={people.contacts}
        empty={people.noContacts}
        keyOf={(contact) => contact.user_id}
        item={(contact) => (
          <Row person={contact.user_id} note={contact.mutual ? people.mutual : people.notMutual}>
            {(name) => <ContactActions contact={contact} name={name} />}
          </Row>
        )}
      />
      {add.failure && <FailureNote failure={add.failure} retry={add.retry} />}
      <PersonField label={people.addContact} button={t.add} isBusy={add.isBusy} submit={addContact} />
    </section>
  );
}

function ContactActions({ contact, name }: { contact: Contact; name: string }) {
  const { centre, t, format } = useUi();
  const act = useAction();
  const params = { path: { userId: contact.user_id } };
  const mark = (isClose: boolean) =>
    act.run(() =>
      centre.act("contacts", contact.user_id, () =>
        centre.api.ask<unknown>((client, signal) =>
          client.PATCH("/api/v1/contacts/{userId}", { params, body: { close_friend: isClose }, signal }),
        ),
      ),
    );
  const remove = () =>
    act.run(() =>
      centre.act("contacts", contact.user_id, () =>
        centre.api.ask<unknown>((client, signal) => client.DELETE("/api/v1/contacts/{userId}", { params, signal })),
      ),
    );
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={contact.close_friend}
          aria-busy={act.isBusy}
          aria-label={format.fill(t.people.closeFriendOf, { person: name })}
          onChange={(event) => {
            const wanted = event.currentTarget.checked;
            event.currentTarget.checked = contact.close_friend;
            void mark(wanted);
          }}
        />{" "}
        {t.people.closeFriend}
      </label>
      <RemoveButton name={name} isBusy={act.isBusy} remove={() => void remove()} />
      {act.failure && <FailureNote failure={act.failure} retry={act.retry} />}
    </>
  );
}

function Exceptions() {
  const { centre, t } = useUi();
  return (
    <section aria-labelledby="exceptions">
      <h3 id="exceptions">{t.exceptions.title}</h3>
      <p class="muted">{t.exceptions.about}</p>
      <ListView
        list={centre.exceptions}
        label={t.exceptions.title}
        empty={t.exceptions.empty}
        keyOf={(person) => person.user_id}
        item={(person) => <PersonExceptionsRow person={person} />}
      />
    </section>
  );
}

function PersonExceptionsRow({ person }: { person: PersonExceptions }) {
  const { centre, t, format } = useUi();
  const act = useAction();
  const titles = new Map(centre.settings.catalogue?.actions.map((action) => [action.name, action.title]));
  const remove = () =>
    act.run(() => centre.act("exceptions", person.user_id, () => removeExceptions(centre, person.user_id)));
  const rules = (["always", "never"] as const)
    .map((rule) => ({
      rule: t.exceptions[rule],
      actions: Object.keys(person.exceptions)
        .filter((action) => person.exceptions[action] === rule)
        .map((action) => format.phrase(format.catalogue(titles.get(action) ?? action))),
    }))
    .filter(({ actions }) => actions.length > 0)
    .map(({ rule, actions }) => format.fill(t.exceptions.each, { rule, actions: format.list(actions) }));
  return (
    <Row person={person.user_id} note={rules}>
      {(name) => (
        <>
          <button
            type="button"
            aria-disabled={act.isBusy}
            aria-label={format.fill(t.exceptions.removeAll, { person: name })}
            onClick={() => void remove()}
          >
            {t.remove}
          </button>
          {act.failure && <FailureNote failure={act.failure} retry={act.retry} />}
        </>
      )}
    </Row>
  );
}

function Followers() {
  const { centre, t, format } = useUi();
  const { people } = t;
  return (
    <section aria-labelledby="followers">
      <h3 id="followers">{people.followers}</h3>
      <p class="muted">{people.followersAbout}</p>
      <ListView
        list={centre.followers}
        label={people.followers}
        empty={people.noFollowers}
        keyOf={(follow) => follow.id}
        item={(follow) => (
          <Row person={follow.followerId} note={format.fill(people.since, { date: format.date(follow.createdAt) })}>
            {(name) => <RemoveFollower person={follow.followerId} name={name} />}
          </Row>
        )}
      />
    </section>
  );
}

function RemoveFollower({ person, name }: { person: string; name: string }) {
  const { centre } = useUi();
  const act = useAction();
  const params = { path: { userId: person } };
  const remove = () =>
    act.run(() =>
      centre.act("follows", person, () =>
        centre.api.ask<unknown>((client, signal) =>
          client.DELETE("/api/v1/e-social/follows/followers/{userId}", { params, signal }),
        ),
      ),
    );
  return (
    <>
      <RemoveButton name={name} isBusy={act.isBusy} remove={() => void remove()} />
      {act.failure && <FailureNote failure={act.failure} retry={act.retry} />}
    </>
  );
}

function Blocks() {
  const { centre, t, format } = useUi();
  const { people } = t;
  const act = useAction();
  const block = (person: string) =>
    act.run(() =>
      centre.act("blocks", person, () =>
        centre.api.ask<unknown>((client, signal) =>
          client.PUT("/api/v1/blocks/{userId}", { params: { path: { userId: person } }, signal }),
        ),
      ),
    );
  return (
    <section aria-labelledby="blocks">
      <h3 id="blocks">{people.blocks}</h3>
      <p class="muted">{people.blocksAbout}</p>
      <ListView
        list={centre.blocks}
        label={people.blocks}
        empty={people.noBlocks}
        keyOf={(item) => item.user_id}
        item={(item) => (
          <Row person={item.user_id} note={format.fill(people.since, { date: format.date(item.blocked_at) })}>
            {(name) => <Unblock person={item.user_id} name={name} />}
          </Row>
        )}
      />
      {act.failure && <FailureNote failure={act.failure} retry={act.retry} />}
      <PersonField label={people.addBlock} button={people.block} isBusy={act.isBusy} submit={block} />
    </section>
  );
}

function Unblock({ person, name }: { person: string; name: string }) {
  const { centre, t, format } = useUi();
  const act = useAction();
  const params = { path: { userId: person } };
  const unblock = () =>
    act.run(() =>
      centre.act("blocks", person, () =>
        centre.api.ask<unknown>((client, signal) => client.DELETE("/api/v1/blocks/{userId}", { params, signal })),
      ),
    );
  return (
    <>
      <button
        type="button"
        aria-disabled={act.isBusy}
        aria-label={format.fill(t.people.unblockOf, { person: name })}
        onClick={() => void unblock()}
      >
        {t.people.unblock}
      </button>
      {act.failure && <FailureNote failure={act.failure} retry={act.retry} />}
    </>
  );
}

function RemoveButton(props: { name: string; isBusy: boolean; remove: () => void }) {
  const { t, format } = useUi();
  return (
    <button
      type="button"
      aria-disabled={props.isBusy}
      aria-label={format.fill(t.removeOf, { person: props.name })}
      onClick={props.remove}
    >
      {t.remove}
    </button>
  );
}

/** A person with notes, and what can be done about them. */
function Row(props: { person: string; note: string | string[]; children: (name: string) => preact.ComponentChildren }) {
  const { centre } = useUi();
  const notes = Array.isArray(props.note) ? props.note : [props.note];
  return (
    <div class="row">
      <div class="row-text">
        <PersonName id={props.person} />
        {notes.map((note) => (
          <p key={note} class="muted">
            {note}
          </p>
        ))}
      </div>
      <div class="row-actions">{props.children(shortName(centre.people.get(props.person).name))}</div>
    </div>
  );
}
