// What the centre shows: the settings, and the people around the user. Knows no view.

import { sleep } from "../../../clients/typescript/src/backoff.js";
import { watchOwnChanges, type OwnChange } from "../../../clients/typescript/src/own_changes.js";
import { Api } from "../api/client.js";
import { Failure } from "../api/failure.js";
import type { AuditEntry, Look } from "../api/answers.js";
import { userOf, type Tokens } from "../api/token.js";
import type { PersonExceptions, Value } from "./catalogue.js";
import { List, type Page } from "./list.js";
import { Model } from "./model.js";
import { People } from "./people.js";
import { Settings } from "./settings.js";

export interface Contact {
  user_id: string;
  mutual: boolean;
  close_friend: boolean;
  added_at: string;
}
export interface Block {
  user_id: string;
  blocked_at: string;
}
export interface Follow {
  id: string;
  followerId: string;
  followingId: string;
  status: string;
  createdAt: string;
}

/** What was typed into a field and is not saved yet. */
export interface Draft {
  text: string;
  /** What was shown when typing began; null if that does not matter any more. */
  seen: { value: Value } | null;
}

/** Whether the user is signed in, as far as the last answer told. */
export type Session = "signed_in" | "signed_out" | "erased";

/** What the element tells the product. */
export type CentreEvent =
  | { type: "change"; setting: string; value: Value }
  | { type: "relationship"; what: "contacts" | "blocks" | "follows" | "exceptions"; person: string }
  | { type: "failure"; failure: Failure }
  | { type: "token-needed" }
  | { type: "erased"; receipt: string | null };

const PAGE = 50;
/** Seconds after which what could not be read is read again, unless the server asks for more. */
const RETRY = 3;

export class Centre extends Model {
  readonly api: Api;
  readonly settings: Settings;
  readonly people: People;
  readonly contacts: List<Contact>;
  readonly blocks: List<Block>;
  readonly exceptions: List<PersonExceptions>;
  readonly requests: List<Follow>;
  readonly followers: List<Follow>;
  readonly history: List<AuditEntry>;
  readonly looks: List<Look>;

  session: Session = "signed_in";
  /** Why the settings could not be read, if they were never read. */
  failure: Failure | null = null;
  /** Whether another device's changes are told at present. */
  isLive = true;
  /** The caller's id, once it is known. */
  me: string | null = null;
  /** The setting whose history is shown; empty for all. */
  historyOf = "";
  /** The number of changes that were told. What is computed from the state may be another after each. */
  revision = 0;
  /** What was done last, for people who do not see the page. */
  announcement = "";
  /** By the id of the field, so that it is still there when the view is shown again. */
  readonly drafts = new Map<string, Draft>();

  private readonly stopped = new AbortController();
  private watching = false;
  private isErasing = false;

  constructor(
    server: string,
    tokens: Tokens,
    private readonly tell: (event: CentreEvent) => void,
    private readonly savedText: () => string,
  ) {
    super();
    const changed = () => this.changed();
    // The source may have a good token again, without the product's telling so.
    this.api = new Api(server, tokens, () => void (this.session === "signed_out" && this.start()));
    this.people = new People(changed);
    this.settings = new Settings(this.api, {
      changed,
      saved: (setting, value) => {
        this.announce(this.savedText());
        this.tell({ type: "change", setting, value });
      },
      failed: (failure) => this.failed(failure),
    });
    const { api } = this;
    this.contacts = this.list(async (cursor) => {
      const query = { limit: PAGE, ...after(cursor) };
      const { data } = await api.ask((client, signal) => client.GET("/api/v1/contacts", { params: { query }, signal }));
      return { items: data.contacts, next: data.next_cursor ?? null };
    });
    this.blocks = this.list(async (cursor) => {
      const query = { limit: PAGE, ...after(cursor) };
      const { data } = await api.ask((client, signal) => client.GET("/api/v1/blocks", { params: { query }, signal }));
      return { items: data.blocks, next: data.next_cursor ?? null };
    });
    this.exceptions = this.list(async (cursor) => {
      const query = { limit: 200, ...after(cursor) };
      const { data } = await api.ask<unknown>((client, signal) =>
        client.GET("/api/v1/privacy/exceptions", { params: { query }, signal }),
      );
      const page = data as { exceptions: PersonExceptions[]; next_cursor: string | null };
      return { items: page.exceptions, next: page.next_cursor };
    }, true);
    this.requests = this.list(async (cursor) => {
      const query = { size: PAGE, ...after(cursor) };
      const { data } = await api.ask((client, signal) =>
        client.GET("/api/v1/e-social/follows/requests/pending", { params: { query }, signal }),
      );
      return followPage(data);
    });
    this.followers = this.list(async (cursor) => {
      const params = { path: { userId: await this.own() }, query: { size: PAGE, ...after(cursor) } };
      const { data } = await api.ask((client, signal) =>
        client.GET("/api/v1/e-social/follows/followers/{userId}", { params, signal }),
      );
      return followPage(data);
    });
    this.history = this.list(async (cursor) => {
      const query = { limit: PAGE, ...after(cursor), ...(this.historyOf ? { setting: this.historyOf } : {}) };
      const { data } = await api.ask<unknown>((client, signal) =>
        client.GET("/api/v1/privacy/audit", { params: { query: query as never }, signal }),
      );
      const page = data as { entries: AuditEntry[]; next_cursor: string | null };
      return { items: page.entries, next: page.next_cursor };
    });
    this.looks = this.list(async (cursor) => {
      const query = { limit: PAGE, ...after(cursor) };
      const { data } = await api.ask((client, signal) =>
        client.GET("/api/v1/privacy/audit/access", { params: { query }, signal }),
      );
      return { items: data.entries, next: data.next_cursor };
    });
  }

  /** Reads what the first view shows, and begins to watch for changes. */
  async start(): Promise<void> {
    this.session = "signed_in";
    this.failure = null;
    this.changed();
    void this.watch();
    const exceptions = this.exceptions.read();
    try {
      await this.settings.read();
      await this.own();
      await exceptions;
      if (this.exceptions.failure) this.failed(this.exceptions.failure);
    } catch (error) {
      this.failure = Failure.from(error);
      this.failed(this.failure);
    }
    this.changed();
  }

  stop(): void {
    this.stopped.abort();
    this.settings.stop();
  }

  /** Takes note of a failure that concerns more than the request. */
  failed(failure: Failure): void {
    // The element shows the other user's centre instead of this one.
    if (failure.kind === "other_user") return;
    if (failure.kind === "signed_out" && this.session === "signed_in") {
      this.session = "signed_out";
      this.tell({ type: "token-needed" });
    }
    if (failure.kind === "erased") this.session = "erased";
    this.tell({ type: "failure", failure });
    this.changed();
  }

  /** Does something about people, then reads again what it changed. */
  async act(
    what: "contacts" | "blocks" | "follows" | "exceptions",
    person: string,
    action: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await action();
    } catch (error) {
      // Another device was first, or it is gone: the lists show what there is.
      if (["missing", "done"].includes(Failure.from(error).kind)) await this.readAgain(what);
      throw error;
    }
    await this.readAgain(what);
    this.announce(this.savedText());
    this.tell({ type: "relationship", what, person });
  }

  /** Deletes the account. */
  async erase(): Promise<void> {
    this.isErasing = true;
    try {
      const { data } = await this.api.ask<unknown>((client, signal) => client.DELETE("/api/v1/users/me", { signal }));
      this.erased((data as { receipt?: string }).receipt ?? null);
    } finally {
      this.isErasing = false;
    }
  }

  private erased(receipt: string | null): void {
    this.session = "erased";
    this.stop();
    this.tell({ type: "erased", receipt });
    this.changed();
  }

  announce(text: string): void {
    // A text that stays the same is not spoken again.
    this.announcement = this.announcement === text ? `${text}\u00a0` : text;
    this.changed();
  }

  /** The caller's id: from the token, else as the server says. */
  async own(): Promise<string> {
    if (this.me) return this.me;
    this.me = userOf(await this.api.tokens.current());
    if (!this.me) {
      const { data } = await this.api.ask((client, signal) => client.GET("/api/v1/privacy/settings", { signal }));
      this.me = data.user_id;
    }
    return this.me;
  }

  private list<Item>(readPage: (cursor: string | undefined) => Promise<Page<Item>>, isWhole = false): List<Item> {
    return new List(
      async (cursor) => {
        try {
          return await readPage(cursor);
        } catch (error) {
          const failure = Failure.from(error);
          if (failure.kind === "signed_out" || failure.kind === "erased") this.failed(failure);
          throw failure;
        }
      },
      () => this.changed(),
      isWhole,
    );
  }

  private async readAgain(what: string): Promise<void> {
    const lists: List<unknown>[] =
      what === "contacts"
        ? [this.contacts]
        : what === "blocks"
          ? [this.blocks, this.requests, this.followers]
          : what === "follows"
            ? [this.requests, this.followers]
            : what === "history"
              ? [this.history, this.looks]
              : [this.exceptions];
    await Promise.all(lists.filter((list) => list.items !== null).map((list) => list.read()));
  }

  private async watch(): Promise<void> {
    if (this.watching) return;
    this.watching = true;
    const { signal } = this.stopped;
    const token = () => this.api.tokens.current();
    try {
      for await (const change of watchOwnChanges(this.api.server, token, { signal, onRetry: () => this.live(false) })) {
        await this.keepUp(change);
      }
    } catch (error) {
      this.live(false);
      const status = (error as { status?: number }).status;
      if (status === 401) this.failed(new Failure("signed_out", "", 401));
    }
    this.watching = false;
  }

  /** Follows a change. What cannot be read is tried again: until then the page says that it shows what it last read. */
  private async keepUp(change: OwnChange): Promise<void> {
    const { signal } = this.stopped;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      try {
        await this.follow(change);
        this.revision++;
        this.live(true);
        return this.changed();
      } catch (error) {
        const failure = Failure.from(error);
        if (isFirst) this.failed(failure);
        // It is read anew once the user has signed in.
        if (this.session !== "signed_in") return;
        this.live(false);
        await sleep(Math.max(failure.retryAfter, RETRY) * 1_000, signal);
      }
    }
  }

  private live(isLive: boolean): void {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    this.changed();
  }

  private async follow(change: OwnChange): Promise<void> {
    switch (change.type) {
      case "state":
        // The catalogue or the cohorts may have changed, which have no tag.
        if (!(await this.settings.told(change.etags))) await this.settings.read();
        for (const what of ["contacts", "blocks", "exceptions", "history"]) await this.readAgain(what);
        break;
      case "changed":
        if (change.etag !== undefined) await this.settings.told({ [change.family]: change.etag });
        else await this.readAgain(change.family);
        if (change.etag !== undefined) await this.readAgain("history");
        break;
      case "erased":
        // The answer to one's own request has the receipt.
        if (!this.isErasing) this.erased(null);
        break;
    }
  }
}

function after(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

function followPage(answer: unknown): Page<Follow> {
  const { data } = answer as { data: { items: Follow[]; nextCursor: string | null } };
  return { items: data.items, next: data.nextCursor ?? null };
}
