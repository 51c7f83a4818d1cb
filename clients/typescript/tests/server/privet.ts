// The Privet of scripts/with-server, or two replicas of it, and tokens for it.

import { execFileSync } from "node:child_process";
import { connect } from "../../src/index.js";

/** Where users change their settings. */
export const url = process.env["PRIVET_URL"] ?? "";
/** Where services ask, and services and devices follow: the other replica, if there are two. */
export const otherUrl = process.env["PRIVET_OTHER_URL"] ?? url;

/** A token of a new user, or of a service with a scope. */
export function token(user: string, ...more: string[]): string {
  const program = process.env["PRIVET_PROGRAM"] ?? "privet";
  return execFileSync(program, ["token", "--user", user, ...more], { encoding: "utf8" }).trim();
}

export function newUser() {
  const id = crypto.randomUUID();
  const own = token(id);
  return { id, token: own, client: connect(url, () => own) };
}

export function service(): string {
  return token(crypto.randomUUID(), "--scope", "privacy:decide privacy:watch");
}
