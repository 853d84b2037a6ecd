// A whole evening by a client whose every type is made from the host's OpenAPI document.

import createClient, { type Client, type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema.js";

type Room = components["schemas"]["Room"];
type Participant = components["schemas"]["Participant"];
type Winner = components["schemas"]["Winner"];
type Api = Client<paths>;

declare const process: { argv: string[]; exitCode: number };
declare const console: { log(text: string): void; error(text: unknown): void };

const baseUrl = `${process.argv[2]}/api/v1`;

/** The answer's data, or an error with what was refused. */
function must<T>(answer: { data?: { data: T }; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  }
  return answer.data.data;
}

function expect(what: boolean, words: string): asserts what {
  if (!what) throw new Error(`not so: ${words}`);
}

function client(): Api {
  // As the document says of its lists: with commas between.
  return createClient<paths>({
    baseUrl,
    querySerializer: { array: { style: "form", explode: false } },
  });
}

function signedIn(token: string): Api {
  const bearer: Middleware = {
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${token}`);
      return request;
    },
  };
  const api = client();
  api.use(bearer);
  return api;
}

async function guest(name: string, room: Room): Promise<[Api, Participant]> {
  const nobody = client();
  const session = must(await nobody.POST("/auth/guest", { body: { name } }));
  const api = signedIn(session.accessToken);
  const found = must(
    await api.GET("/rooms/by-code/{joinCode}", { params: { path: { joinCode: room.joinCode } } }),
  );
  const part = must(
    await api.POST("/rooms/{roomId}/participants", {
      params: { path: { roomId: found.id } },
      body: { joinCode: room.joinCode, metadata: { table: 4 } },
    }),
  );
  expect(part.user.name === name && part.role === "PARTICIPANT", "a guest takes part");
  return [api, part];
}

/** Two of the hall, and where to go on. */
async function hallPage(
  api: Api,
  roomId: string,
  cursor: string,
): Promise<[string[], string | null]> {
  const page = await api.GET("/rooms/{roomId}/participants", {
    params: { path: { roomId }, query: { cursor, limit: 2, role: "PARTICIPANT" } },
  });
  const names = must(page).map((one) => one.user.name);
  const meta = page.data?.meta;
  return [names, meta !== undefined && "nextCursor" in meta ? meta.nextCursor : null];
}

async function evening(): Promise<void> {
  const nobody = client();
  const account = { email: "tove@example.org", password: "correct horse battery" };
  must(await nobody.POST("/auth/register", { body: { ...account, name: "Tove" } }));
  const session = must(await nobody.POST("/auth/login", { body: account }));
  const renewed = must(
    await nobody.POST("/auth/refresh", { body: { refreshToken: session.refreshToken } }),
  );
  const api = signedIn(renewed.accessToken);
  expect(must(await api.GET("/auth/me")).name === "Tove", "the organizer is signed in");

  const apps = must(await api.GET("/apps", { params: { query: { limit: 50 } } }));
  expect(apps.some((app) => app.appId === "lottery"), "there is a lottery");
  const made = must(
    await api.POST("/rooms", {
      params: { header: { "Idempotency-Key": "tove-1" } },
      body: { name: "Midsummer", appId: "lottery" },
    }),
  );
  const path = { roomId: made.id };
  const seen = await api.GET("/rooms/{roomId}", { params: { path } });
  const tag = seen.response.headers.get("ETag");
  expect(tag !== null && must(seen).status === "DRAFT", "the room is a draft");
  const opened = must(
    await api.PATCH("/rooms/{roomId}", {
      params: { path, header: { "If-Match": tag } },
      body: { status: "ACTIVE" },
    }),
  );
  const late = await api.PATCH("/rooms/{roomId}", {
    params: { path, header: { "If-Match": tag } },
    body: { name: "Too late" },
  });
  expect(late.error?.error.code === "VERSION_CONFLICT", "an old state is not changed");

  const hall = await Promise.all(
    ["Ada", "Bo", "Cleo", "Dan"].map((name) => guest(name, opened)),
  );
  const [[ada, first]] = hall as [[Api, Participant]];
  const twice = await ada.POST("/rooms/{roomId}/participants", {
    params: { path },
    body: { joinCode: opened.joinCode },
  });
  expect(twice.error?.error.code === "CONFLICT", "nobody joins twice");

  const sled = must(
    await api.POST("/rooms/{roomId}/prizes", {
      params: { path },
      body: { name: "Sled", quantity: 2 },
    }),
  );
  const wreath = must(
    await api.POST("/rooms/{roomId}/prizes", { params: { path }, body: { name: "Wreath" } }),
  );
  const mine = await ada.POST("/rooms/{roomId}/prizes", { params: { path }, body: { name: "x" } });
  expect(mine.error?.error.code === "FORBIDDEN", "guests put up no prizes");

  const drawn: Winner[] = must(
    await api.POST("/rooms/{roomId}/draws", {
      params: { path },
      body: { prizeId: sled.id, count: 2 },
    }),
  );
  expect(new Set(drawn.map((won) => won.participantId)).size === 2, "two different winners");
  const none = await api.POST("/rooms/{roomId}/draws", {
    params: { path },
    body: { prizeId: sled.id },
  });
  expect(none.error?.error.code === "PRIZE_EXHAUSTED", "no unit is left");
  const [lucky] = drawn as [Winner];
  must(
    await api.DELETE("/rooms/{roomId}/winners/{winnerId}", {
      params: { path: { ...path, winnerId: lucky.id } },
    }),
  );
  must(
    await api.POST("/rooms/{roomId}/winners", {
      params: { path },
      body: { participantId: first.id, prizeId: wreath.id, metadata: { by: "hand" } },
    }),
  );

  const parts: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const [names, next] = await hallPage(api, made.id, cursor);
    parts.push(...names);
    cursor = next;
  }
  expect(parts.sort().join() === "Ada,Bo,Cleo,Dan", `the hall, page by page: ${parts.join()}`);

  const over = must(
    await api.PATCH("/rooms/{roomId}", { params: { path }, body: { status: "COMPLETED" } }),
  );
  expect(over.status === "COMPLETED" && over._count.winners === 2, "two have won in the end");
  const whole = must(
    await ada.GET("/rooms/{roomId}", {
      params: { path, query: { include: ["participants", "prizes", "winners"] } },
    }),
  );
  expect(whole.winners?.length === 2 && whole.prizes?.length === 2, "guests see what was won");
  const log = must(
    await api.GET("/rooms/{roomId}/events", { params: { path, query: { after: 0, limit: 100 } } }),
  );
  const names = log.map((one) => one.event);
  expect(names.filter((name) => name === "winner:selected").length === 3, "three were selected");
  expect(names.includes("winner:removed"), "and one was removed");
  must(await api.POST("/auth/logout", { body: {} }));
  expect((await api.GET("/auth/me")).response.status === 401, "the evening is over");
  console.log(JSON.stringify({ room: made.id, events: names.length }));
}

evening().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
