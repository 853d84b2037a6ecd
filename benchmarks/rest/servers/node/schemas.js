// What requests may hold, and the shape of the answers: from the latter Fastify makes a
// serializer for each route, faster than JSON.stringify.
const text = { type: 'string' };
const maybe = { type: ['string', 'null'] };
const time = { type: 'string', format: 'date-time' };
const maybeTime = { anyOf: [time, { type: 'null' }] };
const whole = { type: 'integer' };
const anything = { type: 'object', additionalProperties: true };
const id = { type: 'string', minLength: 1, maxLength: 64 };

function object(properties) {
  return { type: 'object', properties, required: Object.keys(properties) };
}

function listOf(items) {
  return { type: 'array', items };
}

function strict(properties) {
  return { type: 'object', properties, additionalProperties: false };
}

const person = object({ id: text, name: text, avatar: maybe });
const participant = object({
  id: text, userId: text, roomId: text, role: text, metadata: anything, joinedAt: time,
  updatedAt: time, deletedAt: maybeTime, user: person,
});
const prize = object({
  id: text, roomId: text, name: text, description: maybe, imageUrl: maybe, quantity: whole,
  quantityRemaining: whole, metadata: anything, createdAt: time, updatedAt: time,
  deletedAt: maybeTime,
});
const winner = object({
  id: text, roomId: text, participantId: text, prizeId: text, metadata: anything,
  createdAt: time, deletedAt: maybeTime, participant,
  prize: object({ id: text, name: text, description: maybe, imageUrl: maybe }),
});
const room = object({
  id: text, name: text, description: maybe, appId: text, appSettings: anything,
  appManifestVersion: text, status: text, isPublic: { type: 'boolean' }, joinCode: text,
  createdBy: text, createdAt: time, updatedAt: time, deletedAt: maybeTime,
  app: object({ appId: text, manifest: anything, manifestVersion: text }),
  organizer: person,
  _count: object({ participants: whole, prizes: whole, winners: whole }),
});
const wholeRoom = {
  type: 'object',
  properties: {
    ...room.properties,
    participants: listOf(participant),
    prizes: listOf(prize),
    winners: listOf(winner),
  },
  required: room.required,
};
const meta = object({ page: whole, limit: whole, total: whole, totalPages: whole });

function paging(usual) {
  return {
    page: { type: 'integer', minimum: 1, maximum: 1000000, default: 1 },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: usual },
  };
}

const ofRoom = strict({ roomId: id });

export const schemas = {
  room: {
    params: ofRoom,
    querystring: strict({
      include: { type: 'string', pattern: '^(participants|prizes|winners)(,(participants|prizes|winners))*$' },
    }),
    response: { 200: object({ data: wholeRoom }) },
  },
  list: {
    querystring: strict({
      ...paging(20),
      status: { enum: ['DRAFT', 'ACTIVE', 'COMPLETED', 'CANCELLED'] },
      isPublic: { type: 'boolean' },
    }),
    response: { 200: object({ data: listOf(room), meta }) },
  },
  page: {
    params: ofRoom,
    querystring: strict({
      ...paging(50),
      role: { enum: ['ADMIN', 'ORGANIZER', 'MODERATOR', 'PARTICIPANT', 'VIEWER'] },
    }),
    response: { 200: object({ data: listOf(participant), meta }) },
  },
  join: {
    params: ofRoom,
    body: strict({
      role: { enum: ['PARTICIPANT', 'VIEWER'] },
      metadata: anything,
      joinCode: { type: 'string', maxLength: 40 },
    }),
    response: { 201: object({ data: participant }) },
  },
  draw: {
    params: ofRoom,
    body: strict({ prizeId: id, count: { type: 'integer', minimum: 1, maximum: 1000 } }),
    response: { 201: object({ data: listOf(winner) }) },
  },
};
