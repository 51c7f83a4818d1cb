// The caller's settings: read with their tags, changed with the tag that was read, and shown only as the server has them.

import type { Api } from "../api/client.js";
import { Failure } from "../api/failure.js";
import { FAMILIES, familyOf, type Catalogue, type Family, type Setting, type Value } from "./catalogue.js";
import { sameValue } from "./values.js";
import { updateSetting, tagOf } from "./families.js";

/** A change that is under way, or that did not come about. Without one, a setting stands as the server has it. */
export type Change =
  | { state: "saving"; value: Value }
  | { state: "failed"; value: Value; failure: Failure }
  /** There were too many changes. It is sent again by itself. */
  | { state: "waiting"; value: Value; seconds: number }
  /** Somebody else changed the setting after it was read. */
  | { state: "conflict"; value: Value };

/** A value that was chosen. */
interface Choice {
  name: string;
  value: Value;
  /** What was shown when it was chosen. */
  seen: Value;
}

export interface SettingsListener {
  changed(): void;
  saved(name: string, value: Value): void;
  failed(failure: Failure): void;
}

export class Settings {
  catalogue: Catalogue | null = null;
  /** Changes by the name of the setting. */
  readonly changes = new Map<string, Change>();

  private tags: Partial<Record<Family, string>> = {};
  private etag: string | null = null;
  private reading: Promise<void> | null = null;
  private again = false;
  private isStopped = false;
  /** Changes of one family go one after the other, each with the tag that the one before left. */
  private readonly queues = new Map<Family, Promise<void>>();
  private readonly queued = new Set<Choice>();

  constructor(
    private readonly api: Api,
    private readonly listener: SettingsListener,
  ) {}

  get byName(): Map<string, Setting> {
    return new Map(this.catalogue?.settings.map((setting) => [setting.name, setting]));
  }

  /** The value of a setting in force. */
  value(name: string): Value {
    return this.catalogue?.settings.find((setting) => setting.name === name)?.value;
  }

  /** Takes over the tags that the server told. They count once what they stand for has been read; says whether it was. */
  async told(tags: Partial<Record<Family, string>>): Promise<boolean> {
    const isNew = FAMILIES.some((family) => tags[family] !== undefined && tags[family] !== this.tags[family]);
    if (!isNew && this.catalogue) return false;
    await this.read();
    this.tags = { ...this.tags, ...tags };
    return true;
  }

  /** Reads the catalogue. A call during another one waits for a read that begins after it. */
  read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return this.reading;
    }
    this.reading = this.readUntilNew().finally(() => (this.reading = null));
    return this.reading;
  }

  private async readUntilNew(): Promise<void> {
    do {
      this.again = false;
      await this.readOnce();
    } while (this.again);
  }

  private async readOnce(): Promise<void> {
    const header = this.etag ? { "If-None-Match": this.etag } : {};
    const { data, response } = await this.api.ask<unknown>((client, signal) =>
      client.GET("/api/v1/privacy/catalogue", { params: { header }, signal }),
    );
    if (response.status === 304) return;
    this.catalogue = data as Catalogue;
    this.etag = response.headers.get("ETag");
    this.listener.changed();
  }

  /** Changes a setting. `seen` is what was shown when the value was chosen: another device's change is not overwritten. */
  change(name: string, value: Value, seen: Value = this.value(name)): Promise<void> {
    return this.queue({ name, value, seen });
  }

  /** Gives up a change that did not come about. */
  dismiss(name: string): void {
    this.changes.delete(name);
    this.listener.changed();
  }

  /** Sends nothing by itself any more. */
  stop(): void {
    this.isStopped = true;
  }

  private queue(choice: Choice): Promise<void> {
    const family = familyOf(choice.name);
    const change: Change = { state: "saving", value: choice.value };
    this.queued.add(choice);
    this.set(choice.name, change);
    const before = this.queues.get(family) ?? Promise.resolve();
    const done = before.then(() => this.carryOut(choice, change));
    this.queues.set(family, done);
    return done;
  }

  private async carryOut(choice: Choice, change: Change): Promise<void> {
    const { name, value } = choice;
    try {
      if (this.isStopped) return;
      await this.update(choice);
      this.saved(choice, change);
    } catch (error) {
      const failure = Failure.from(error);
      // Another value was chosen meanwhile.
      if (this.changes.get(name) !== change) return;
      if (failure.kind === "rate_limited") return this.wait(choice, failure);
      this.set(name, failure.kind === "conflict" ? { state: "conflict", value } : { state: "failed", value, failure });
      this.listener.failed(failure);
    } finally {
      this.queued.delete(choice);
    }
  }

  private saved({ name, value }: Choice, change: Change): void {
    // What was chosen after it was chosen by somebody who knew of it.
    for (const later of this.queued) if (later.name === name) later.seen = this.value(name);
    if (this.changes.get(name) === change) this.changes.delete(name);
    this.listener.saved(name, value);
    this.listener.changed();
  }

  /** Sends it again later. What was seen stays what was seen: a change that comes meanwhile is a conflict. */
  private wait(choice: Choice, failure: Failure): void {
    const { name, value } = choice;
    const seconds = Math.max(1, failure.retryAfter);
    const change: Change = { state: "waiting", value, seconds };
    this.set(name, change);
    setTimeout(() => {
      // Another value may have been chosen, or this one given up.
      if (!this.isStopped && this.changes.get(name) === change) void this.queue(choice);
    }, seconds * 1_000);
  }

  private async update({ name, value, seen }: Choice): Promise<void> {
    const family = familyOf(name);
    if (this.tags[family] === undefined) await this.readTag(family);
    for (let attempt = 0; ; attempt++) {
      const present = this.value(name);
      // The tag may be that of another device's change. Another setting of the family is no conflict.
      if (!sameValue(present, seen) && !sameValue(present, value)) throw new Failure("conflict");
      if (attempt > 0 && sameValue(present, value)) break;
      try {
        await this.send(name, value);
        break;
      } catch (error) {
        const failure = Failure.from(error);
        if (failure.kind !== "conflict" || attempt >= 2) throw failure;
        await this.readTag(family);
      }
    }
    await this.read().catch(() => this.take(name, value));
  }

  /** Takes over a value that the server has, but that could not be read again. */
  private take(name: string, value: Value): void {
    if (!this.catalogue) return;
    const taken = { value, chosen: value, source: "choice" };
    const settings = this.catalogue.settings.map((it) => (it.name === name ? { ...it, ...taken } : it));
    this.catalogue = { ...this.catalogue, settings };
    this.etag = null;
  }

  private async send(name: string, value: Value): Promise<void> {
    const family = familyOf(name);
    const tag = await updateSetting(this.api, name, value, this.tags[family] ?? "*");
    if (tag) this.tags[family] = tag;
  }

  /** Reads a family's tag, and what it stands for after it. */
  private async readTag(family: Family): Promise<void> {
    const tag = await tagOf(this.api, family);
    await this.read();
    this.tags[family] = tag;
  }

  private set(name: string, change: Change): void {
    this.changes.set(name, change);
    this.listener.changed();
  }
}
