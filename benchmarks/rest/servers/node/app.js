// The HTTP side of both Node peers: Fastify with a token's check, a rate limit, schemas for
// requests and answers, one log line a request. A `store` answers the five calls.
import jwt from '@fastify/jwt';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';

import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { schemas } from './schemas.js';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** An id that sorts by the millisecond it was made in. */
export function newId() {
  let number = (BigInt(Date.now()) << 80n) | BigInt(`0x${randomBytes(10).toString('hex')}`);
  let id = '';
  for (let place = 0; place < 26; place++, number >>= 5n) id = ALPHABET[Number(number & 31n)] + id;
  return id;
}

/** `count` of them, every choice equally likely: the beginning of a shuffle. */
export function drawn(entrants, count) {
  const places = [...entrants];
  for (let place = 0; place < count; place++) {
    const other = randomInt(place, places.length);
    [places[place], places[other]] = [places[other], places[place]];
  }
  return places.slice(0, count);
}

/** A seed that is kept with a draw. */
export function newSeed() {
  return randomBytes(32).toString('hex');
}

export class Refused extends Error {
  constructor(statusCode, code, message) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

export const noRoom = () => new Refused(404, 'NOT_FOUND', 'There is no such room.');
export const alreadyIn = () => new Refused(409, 'CONFLICT', 'You are already in this room.');

/** What one who joins must find: an open room whose door is not locked. */
export function mayJoin(room, person) {
  if (!room) throw noRoom();
  if (person?.bannedAt) throw new Refused(403, 'FORBIDDEN', 'You may not return to this room.');
  if (person && !person.deletedAt) throw alreadyIn();
  if (room.status !== 'ACTIVE') throw new Refused(409, 'ROOM_NOT_ACTIVE', 'The room is not open.');
  if (room.lockedAt) throw new Refused(409, 'CONFLICT', 'The door is locked.');
}

/** What a draw must find: an open room, a prize with units left, and people who can win it. */
export function mayDraw(room, prize, entrants, count) {
  if (!room) throw noRoom();
  if (room.status !== 'ACTIVE') throw new Refused(409, 'ROOM_NOT_ACTIVE', 'The room is not open.');
  if (!prize) throw new Refused(404, 'NOT_FOUND', 'There is no such prize in this room.');
  if (prize.quantity - prize.awarded < count)
    throw new Refused(409, 'PRIZE_EXHAUSTED', 'Too few of this prize are left.');
  if (entrants.length < count) throw new Refused(409, 'CONFLICT', 'Too few can win this prize.');
}

/** Settings without what only those see who may edit the room. */
function shown(settings, manifest) {
  const properties = manifest.settings?.properties ?? {};
  const kept = Object.entries(settings).filter(([name]) => !properties[name]?.writeOnly);
  return Object.fromEntries(kept);
}

export function asRoom(row, settings, version, manifest, organizer) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    appId: row.appId,
    appSettings: shown(settings, manifest),
    appManifestVersion: version,
    status: row.status,
    isPublic: row.isPublic,
    joinCode: row.joinCode,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    deletedAt: row.deletedAt,
    app: { appId: row.appId, manifest, manifestVersion: version },
    organizer,
    _count: {
      participants: row.participantCount,
      prizes: row.prizeCount,
      winners: row.winnerCount,
    },
  };
}

export function asPrize(row) {
  return { ...row, quantityRemaining: row.quantity - row.awarded };
}

function metaOf(query, total) {
  const { page, limit } = query;
  return { page, limit, total, totalPages: Math.ceil(total / limit) };
}

/** usage: node SERVER PORT DATABASE_URL KEY ISSUER, the key in base64. */
export async function serve(makeStore) {
  const [port, url, key, issuer] = process.argv.slice(2);
  const store = await makeStore(url);
  const app = Fastify({
    logger: true,
    disableRequestLogging: true,
    genReqId: () => randomUUID(),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
  });
  await app.register(jwt, {
    secret: Buffer.from(key, 'base64'),
    verify: { algorithms: ['HS256'], allowedIss: issuer },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-ID', request.id);
    try {
      await request.jwtVerify();
    } catch {
      throw new Refused(401, 'UNAUTHORIZED', 'Sign in first.');
    }
  });
  await app.register(rateLimit, {
    max: 1_000_000_000,
    timeWindow: '1 minute',
    cache: 100_000,
    keyGenerator: (request) => request.user?.sub ?? request.ip,
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url: path } = request;
    request.log.info({ method, path, status: reply.statusCode, ms: reply.elapsedTime });
  });
  app.setErrorHandler((error, request, reply) => {
    const status = error.validation ? 422 : (error.statusCode ?? 500);
    if (status >= 500) request.log.error(error);
    const code = error.validation ? 'VALIDATION_ERROR' : (error.code ?? 'INTERNAL_ERROR');
    const message = status >= 500 ? 'Something went wrong.' : error.message;
    reply.code(status).send({ error: { code, message } });
  });

  app.get('/api/v1/rooms/:roomId', { schema: schemas.room }, async (request) => {
    const include = new Set(request.query.include?.split(',') ?? []);
    const data = await store.room(request.params.roomId, request.user.sub, include);
    if (!data) throw noRoom();
    return { data };
  });
  app.get('/api/v1/rooms', { schema: schemas.list }, async (request) => {
    const { items, total } = await store.rooms(request.user.sub, request.query);
    return { data: items, meta: metaOf(request.query, total) };
  });
  app.get('/api/v1/rooms/:roomId/participants', { schema: schemas.page }, async (request) => {
    const found = await store.participants(request.params.roomId, request.user.sub, request.query);
    if (!found) throw noRoom();
    return { data: found.items, meta: metaOf(request.query, found.total) };
  });
  app.post('/api/v1/rooms/:roomId/participants', { schema: schemas.join }, async (request, reply) => {
    const data = await store.join(request.params.roomId, request.user.sub, request.body ?? {});
    reply.code(201);
    return { data };
  });
  app.post('/api/v1/rooms/:roomId/draws', { schema: schemas.draw }, async (request, reply) => {
    const { prizeId, count = 1 } = request.body ?? {};
    const data = await store.draw(request.params.roomId, request.user.sub, prizeId, count);
    reply.code(201);
    return { data };
  });
  await app.listen({ port: Number(port), host: '127.0.0.1' });
}
