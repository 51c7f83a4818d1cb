// What the staff page shows: one person at a time, each look with a reason.

import { Api } from "../api/client.js";
import { Failure } from "../api/failure.js";
import type { AuditEntry, Explained, SupportView } from "../api/answers.js";
import { userOf, type Tokens } from "../api/token.js";
import type { Action, Value } from "../model/catalogue.js";
import { Model } from "../model/model.js";

export class Support extends Model {
  readonly api: Api;
  isSignedOut = false;
  actions: Action[] = [];
  /** The id of the staff member, as the token says. */
  me = "";

  constructor(
    server: string,
    tokens: Tokens,
    private readonly tokenNeeded: () => void,
  ) {
    super();
    this.api = new Api(server, tokens, () => void (this.isSignedOut && this.start()));
  }

  /** Reads the titles of the actions. Without them, names are shown. */
  async start(): Promise<void> {
    this.isSignedOut = false;
    this.changed();
    await this.carryOut(async () => {
      this.me = userOf(await this.api.tokens.current()) ?? "";
      this.changed();
      const { data } = await this.api.ask<unknown>((client, signal) =>
        client.GET("/api/v1/privacy/catalogue", { signal }),
      );
      this.actions = (data as { actions: Action[] }).actions;
    }).catch(() => undefined);
    this.changed();
  }

  /** Waits until somebody has signed in again, or `stop`. */
  untilSignedIn(stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.isSignedOut && !stop.aborted) return;
        forget();
        stop.removeEventListener("abort", look);
        resolve();
      };
      const forget = this.subscribe(look);
      stop.addEventListener("abort", look);
      look();
    });
  }

  look(person: string, reason: string): Promise<SupportView> {
    const params = { path: { userId: person }, header: { "Support-Reason": reason } };
    return this.carryOut(async () => {
      const { data } = await this.api.ask((client, signal) =>
        client.GET("/api/v1/admin/users/{userId}", { params, signal }),
      );
      return data;
    });
  }

  /** Changes a setting, or takes the choice back where there is no value. */
  change(person: string, reason: string, setting: string, value?: { value: Value }): Promise<SupportView["settings"]> {
    const params = { path: { userId: person }, header: { "Support-Reason": reason } };
    const body = { settings: { [setting]: value ?? null } };
    return this.carryOut(async () => {
      const { data } = await this.api.ask((client, signal) =>
        client.PATCH("/api/v1/admin/users/{userId}/settings", { params, body, signal }),
      );
      return data.settings;
    });
  }

  explain(person: string, reason: string, viewer: string): Promise<Record<string, Explained>> {
    const params = { path: { userId: person }, header: { "Support-Reason": reason }, query: { viewer } };
    return this.carryOut(async () => {
      const { data } = await this.api.ask((client, signal) =>
        client.GET("/api/v1/admin/users/{userId}/explain", { params, signal }),
      );
      return data.decisions;
    });
  }

  history(person: string, reason: string, cursor?: string): Promise<{ entries: AuditEntry[]; next_cursor: string | null }> {
    const query = { limit: 50, ...(cursor ? { cursor } : {}) };
    const params = { path: { userId: person }, header: { "Support-Reason": reason }, query };
    return this.carryOut(async () => {
      const { data } = await this.api.ask((client, signal) =>
        client.GET("/api/v1/admin/users/{userId}/audit", { params, signal }),
      );
      return data;
    });
  }

  setCohorts(person: string, cohorts: string[]): Promise<string[]> {
    const params = { path: { userId: person } };
    return this.carryOut(async () => {
      const { data } = await this.api.ask((client, signal) =>
        client.PUT("/api/v1/admin/users/{userId}/cohorts", { params, body: { cohorts }, signal }),
      );
      return data.cohorts;
    });
  }

  erase(person: string): Promise<{ status: string; receipt?: string }> {
    const params = { path: { userId: person } };
    return this.carryOut(async () => {
      const { data } = await this.api.ask<unknown>((client, signal) =>
        client.DELETE("/api/v1/users/{userId}", { params, signal }),
      );
      return data as { status: string; receipt?: string };
    });
  }

  /** Takes note of an ended sign-in; the failure goes on to the view. */
  async carryOut<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.kind === "signed_out" && !this.isSignedOut) {
        this.isSignedOut = true;
        this.tokenNeeded();
        this.changed();
      }
      throw failure;
    }
  }
}
