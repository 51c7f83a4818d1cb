// What `scripts/bench` measures updates on PostgreSQL against: a Fastify service that does the same work as
// `PUT /api/v1/privacy/settings` with one setting, on Privet's tables. Not meant for anything else.
//
//     DATABASE_URL=… PRIVET_JWT_SECRET=… node server.js PROCESSES CONNECTIONS
//
// PROCESSES of node:cluster share one port, each with a pool of CONNECTIONS.

import cluster from "node:cluster";
import { createVerifier } from "fast-jwt";
import fastify, { LogController } from "fastify";
import pg from "pg";
import pino from "pino";
import { changeSetting } from "./change.js";
import { SCHEMA, settingsOf } from "./settings.js";

const [processes, connections] = process.argv.slice(2).map(Number);

// One log line for each request, as Privet writes it.
class OneLine extends LogController {
  incomingRequest() {}
}

if (cluster.isPrimary) {
  startWorkers();
} else {
  await serve();
}

function startWorkers() {
  let listening = 0;
  cluster.on("listening", (_worker, { address, port }) => {
    listening += 1;
    if (listening === processes) console.log(`listening on http://${address}:${port}`);
  });
  for (let number = 0; number < processes; number += 1) cluster.fork();
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.kill("SIGKILL");
    process.exit();
  });
}

async function serve() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: connections });
  // A user sends the same token again and again.
  const verify = createVerifier({ key: process.env.PRIVET_JWT_SECRET, algorithms: ["HS256"], cache: 100_000 });
  const app = fastify({
    // Lines are gathered, as Privet's are.
    logger: { stream: pino.destination({ minLength: 4096, sync: false }) },
    logController: new OneLine(),
    ajv: { customOptions: { coerceTypes: false, allowUnionTypes: true } },
  });
  app.decorateRequest("userId", null);

  app.put("/api/v1/privacy/settings", { schema: SCHEMA, onRequest: authenticate }, async (request, reply) => {
    const row = await changeSetting(pool, request.userId, request.body, request.id);
    if (!row) return reply.code(409).send({ code: "conflict" });
    return settingsOf(request.userId, row);
  });

  function authenticate(request, reply, done) {
    try {
      request.userId = verify(request.headers.authorization.slice("Bearer ".length)).sub;
      done();
    } catch {
      reply.code(401).send({ code: "unauthorized" });
    }
  }

  await app.listen({ host: "127.0.0.1", port: 0 });
}
