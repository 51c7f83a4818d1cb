// The server for the tests of the clients, and its users.

declare const process: { env: Record<string, string>; exit(status: number): never };

interface Caller {
  id: string;
  token: string;
}

const given = JSON.parse(process.env["PRIVET_CALLERS"] ?? "{}") as Record<string, Caller>;

function caller(name: string): Caller {
  const found = given[name];
  if (!found) throw new Error(`PRIVET_CALLERS has no ${name}`);
  return found;
}

export const url = process.env["PRIVET_URL"] ?? "";
export const ann = caller("ann");
export const ben = caller("ben");
export const service = caller("service");

/** Fails where two values differ. */
export function equal(found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${left} is not ${right}`);
}
