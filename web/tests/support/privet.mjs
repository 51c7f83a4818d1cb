// A Privet of its own for a test file: the program that PRIVET names, on an empty database.

import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** The program under test. */
export const PROGRAM = process.env.PRIVET ?? new URL("../../../target/debug/privet", import.meta.url).pathname;

/** The id of a person by number. The first twelve have names on the page. */
export function person(number) {
  return `de300000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** Whether tests run on PostgreSQL, where no key is one for development. */
const IS_ON_POSTGRES = process.env.PAGES_STORE === "postgres";

/**
 * Starts a Privet. `catalogue` is a document or a name; `environment` is added, and `files` by the variables that name
 * them. `database` is that of another one, whose replica this is. With `isDemo`, the database is filled by `privet demo`.
 */
export async function startPrivet({
  catalogue = "messenger",
  environment = {},
  files = {},
  port: wanted,
  database,
  isDemo = false,
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), "privet-pages-"));
  const port = wanted ?? (await freePort());
  const own = database ?? (IS_ON_POSTGRES ? await newDatabase() : { url: `sqlite://${folder}/privet.db` });
  const settings = {
    PATH: process.env.PATH,
    DATABASE_URL: own.url,
    PRIVET_JWT_SECRET: own.secret ?? "",
    PRIVET_LISTEN: `127.0.0.1:${port}`,
    PRIVET_RATE_LIMITS: "off",
    PRIVET_PAGES: "on",
    PRIVET_CATALOGUE: catalogue,
    PRIVET_LOG: "warn",
    ...environment,
  };
  // What stands in a file: a catalogue or a schema as a document, a key as text.
  const given = { ...files, ...(typeof catalogue === "object" ? { PRIVET_CATALOGUE: catalogue } : {}) };
  for (const [name, content] of Object.entries(given)) {
    settings[name] = join(folder, name.toLowerCase());
    await writeFile(settings[name], typeof content === "string" ? content : JSON.stringify(content));
  }
  if (isDemo) await run(PROGRAM, ["demo"], { env: settings });
  const server = spawn(PROGRAM, ["serve"], { env: settings, stdio: ["ignore", "inherit", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}/health/ready`);
  const tokens = new Map();

  /** A token of a person, by number or id; `options` are those of `privet token`. */
  async function token(who, ...options) {
    const id = typeof who === "number" ? person(who) : who;
    const key = [id, ...options].join(" ");
    if (!tokens.has(key) || options.includes("--ttl")) {
      const { stdout } = await run(PROGRAM, ["token", "--user", id, ...options], { env: settings });
      tokens.set(key, stdout.trim().split("\n").pop());
    }
    return tokens.get(key);
  }

  /** Sends a request as a person, and returns the answer's body. */
  async function ask(who, method, path, body, headers = {}) {
    const scope = headers.scope ? ["--scope", headers.scope] : [];
    delete headers.scope;
    const response = await fetch(url + path, {
      method,
      headers: {
        Authorization: `Bearer ${await token(who, ...scope)}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async function stop() {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    if (!database) await own.drop?.();
    await rm(folder, { recursive: true, force: true });
  }

  return { url, token, ask, stop, database: own };
}

/** An empty PostgreSQL database on the server of the tests, and a secret for tokens. */
export async function newDatabase() {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error("TEST_DATABASE_URL is not set; scripts/with-test-services sets it");
  const name = `privet_pages_${randomUUID().replaceAll("-", "")}`;
  const sql = (statement) => run("psql", ["--quiet", "--dbname", server, "--command", statement]);
  await sql(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, secret: randomUUID() + randomUUID(), drop: () => sql(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function ready(address) {
  for (let attempt = 0; attempt < 400; attempt++) {
    const response = await fetch(address).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${address} does not answer`);
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
