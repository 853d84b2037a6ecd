// Fastify and Drizzle, its relational queries, on postgres.js.
import { and, asc, count as counted, desc, eq, exists, inArray, isNull, lt, notExists, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

import { alreadyIn, asPrize, asRoom, drawn, mayDraw, mayJoin, newId, newSeed, serve, Refused } from './app.js';
import * as schema from './tables.js';

const { appVersions, draws, events, participants, prizes, roomApps, rooms, users, winners } = schema;

const CONNECTIONS = 20;
const FIRST = 50;
const PERSON = { columns: { id: true, name: true, avatar: true } };
const PARTICIPANT = {
  columns: {
    id: true, userId: true, roomId: true, role: true, metadata: true, joinedAt: true,
    updatedAt: true, deletedAt: true,
  },
  with: { user: PERSON },
};
const WINNER = {
  columns: { drawId: false },
  with: {
    participant: PARTICIPANT,
    prize: { columns: { id: true, name: true, description: true, imageUrl: true } },
  },
};
const ROOM = { owner: PERSON, mainApp: { with: { version: { columns: { manifest: true } } } } };
const IN_ORDER = (table) => [asc(table.createdAt), asc(table.id)];
const BY_JOINING = (table) => [asc(table.joinedAt), asc(table.id)];
const LIVING = (table) => isNull(table.deletedAt);
const LISTS = {
  participants: { ...PARTICIPANT, where: LIVING, orderBy: BY_JOINING, limit: FIRST },
  prizes: { where: LIVING, orderBy: IN_ORDER, limit: FIRST },
  winners: { ...WINNER, where: LIVING, orderBy: IN_ORDER, limit: FIRST },
};

function read(row) {
  const { settings, manifestVersion, version } = row.mainApp;
  return asRoom(row, settings, manifestVersion, version.manifest, row.owner);
}

serve(async (url) => {
  const client = postgres(url, { max: CONNECTIONS });
  const db = drizzle(client, { schema });
  const given = sql.placeholder;

  // Put together once: a query for every choice of lists.
  const wholeRooms = new Map();
  function wholeRoom(include) {
    const names = Object.keys(LISTS).filter((name) => include.has(name));
    const key = names.join();
    if (!wholeRooms.has(key)) {
      const wanted = Object.fromEntries(names.map((name) => [name, LISTS[name]]));
      const query = db.query.rooms.findFirst({
        where: and(eq(rooms.id, given('id')), isNull(rooms.deletedAt)),
        with: { ...ROOM, ...wanted },
      });
      wholeRooms.set(key, { names, query: query.prepare(`room_${key}`) });
    }
    return wholeRooms.get(key);
  }

  const partOf = db.query.participants.findFirst({
    where: and(eq(participants.roomId, given('roomId')), eq(participants.userId, given('userId'))),
  }).prepare('part');
  const personOf = db.query.users.findFirst({
    ...PERSON,
    where: and(eq(users.id, given('id')), isNull(users.deletedAt)),
  }).prepare('person');
  const doorOf = db.query.rooms.findFirst({
    columns: {
      status: true, isPublic: true, joinCode: true, lockedAt: true, participantCount: true,
    },
    where: and(eq(rooms.id, given('id')), isNull(rooms.deletedAt)),
  }).prepare('door');

  async function isIn(roomId, userId) {
    const part = await partOf.execute({ roomId, userId });
    return part && !part.deletedAt ? part.role : null;
  }

  return {
    async room(id, userId, include) {
      const { names, query } = wholeRoom(include);
      const row = await query.execute({ id });
      if (!row || !(row.isPublic || (await isIn(id, userId)))) return null;
      const room = read(row);
      for (const name of names) room[name] = name === 'prizes' ? row.prizes.map(asPrize) : row[name];
      return room;
    },

    async rooms(userId, { page, limit, status, isPublic }) {
      const mine = db.select({ one: sql`1` }).from(participants).where(and(
        eq(participants.roomId, rooms.id), eq(participants.userId, userId), LIVING(participants),
      ));
      const where = and(
        isNull(rooms.deletedAt),
        or(rooms.isPublic, exists(mine)),
        status && eq(rooms.status, status),
        isPublic === undefined ? undefined : eq(rooms.isPublic, isPublic),
      );
      const [rows, [{ total }]] = await Promise.all([
        db.select({
          room: rooms,
          settings: roomApps.settings,
          version: roomApps.manifestVersion,
          manifest: appVersions.manifest,
          owner: { id: users.id, name: users.name, avatar: users.avatar },
        })
          .from(rooms)
          .innerJoin(roomApps, and(eq(roomApps.roomId, rooms.id), eq(roomApps.appId, rooms.appId)))
          .innerJoin(appVersions, and(
            eq(appVersions.appId, roomApps.appId),
            eq(appVersions.version, roomApps.manifestVersion),
          ))
          .innerJoin(users, eq(users.id, rooms.ownerId))
          .where(where)
          .orderBy(desc(rooms.createdAt), desc(rooms.id))
          .limit(limit)
          .offset((page - 1) * limit),
        db.select({ total: counted() }).from(rooms).where(where),
      ]);
      const items = rows.map((row) => asRoom(row.room, row.settings, row.version, row.manifest, row.owner));
      return { items, total };
    },

    async participants(roomId, userId, { page, limit, role }) {
      const where = and(
        eq(participants.roomId, roomId),
        LIVING(participants),
        role && eq(participants.role, role),
      );
      const [room, items, total] = await Promise.all([
        doorOf.execute({ id: roomId }),
        db.query.participants.findMany({
          ...PARTICIPANT, where, orderBy: BY_JOINING, limit, offset: (page - 1) * limit,
        }),
        role ? db.$count(participants, where) : undefined,
      ]);
      if (!room || !(room.isPublic || (await isIn(roomId, userId)))) return null;
      return { items, total: total ?? room.participantCount };
    },

    async join(roomId, userId, { role = 'PARTICIPANT', metadata = {}, joinCode }) {
      const [room, user, person] = await Promise.all([
        doorOf.execute({ id: roomId }),
        personOf.execute({ id: userId }),
        partOf.execute({ roomId, userId }),
      ]);
      if (!user) throw new Refused(401, 'UNAUTHORIZED', 'Sign in first.');
      if (room && !room.isPublic && joinCode !== room.joinCode) mayJoin(null);
      mayJoin(room, person);
      const at = new Date();
      const values = {
        role, metadata, joinedAt: at, updatedAt: at, deletedAt: null, removedAt: null,
        nameKey: user.name.toLowerCase(),
      };
      try {
        return await db.transaction(async (tx) => {
          const [row] = person
            ? await tx.update(participants).set(values).where(eq(participants.id, person.id)).returning()
            : await tx.insert(participants).values({ id: newId(), roomId, userId, ...values }).returning();
          // The room's row lock orders all who write to the room: held no longer than it must be.
          const [locked] = await tx.update(rooms)
            .set({
              eventSeq: sql`${rooms.eventSeq} + 1`,
              participantCount: sql`${rooms.participantCount} + 1`,
            })
            .where(eq(rooms.id, roomId))
            .returning({ seq: rooms.eventSeq, status: rooms.status, lockedAt: rooms.lockedAt });
          mayJoin(locked, null);
          const { nameKey, bannedAt, removedAt, ...rest } = row;
          const participant = { ...rest, user };
          await tx.insert(events).values({
            roomId, seq: locked.seq, event: 'participant:joined', data: participant,
            audience: 'all', at,
          });
          return participant;
        });
      } catch (error) {
        if ((error.cause ?? error).code === '23505') throw alreadyIn();
        throw error;
      }
    },

    async draw(roomId, userId, prizeId, count) {
      const role = await isIn(roomId, userId);
      if (!['ADMIN', 'ORGANIZER', 'MODERATOR'].includes(role))
        throw new Refused(403, 'FORBIDDEN', 'Only organizers and moderators draw.');
      return db.transaction(async (tx) => {
        const [room] = await tx
          .select({
            status: rooms.status,
            eventSeq: rooms.eventSeq,
            manifestVersion: roomApps.manifestVersion,
          })
          .from(rooms)
          .innerJoin(roomApps, and(eq(roomApps.roomId, rooms.id), eq(roomApps.appId, rooms.appId)))
          .where(and(eq(rooms.id, roomId), LIVING(rooms)))
          .for('update', { of: rooms });
        const [prize] = await tx
          .select()
          .from(prizes)
          .where(and(
            eq(prizes.roomId, roomId),
            LIVING(prizes),
            prizeId ? eq(prizes.id, prizeId) : lt(prizes.awarded, prizes.quantity),
          ))
          .orderBy(...IN_ORDER(prizes))
          .limit(1);
        const held = tx.select({ one: sql`1` }).from(winners).where(and(
          eq(winners.participantId, participants.id),
          eq(winners.prizeId, prize?.id ?? ''),
          LIVING(winners),
        ));
        const entrants = await tx
          .select({ id: participants.id })
          .from(participants)
          .where(and(
            eq(participants.roomId, roomId), LIVING(participants),
            eq(participants.role, 'PARTICIPANT'), notExists(held),
          ))
          .orderBy(...BY_JOINING(participants));
        mayDraw(room, prize, entrants, count);
        const ids = entrants.map((one) => one.id);
        const chosen = drawn(ids, count);
        const at = new Date();
        const drawId = newId();
        await tx.insert(draws).values({
          id: drawId, roomId, prizeId: prize.id, appId: 'platform', fallback: false,
          manifestVersion: room.manifestVersion, seed: newSeed(), count, entrants: ids,
          record: {}, drawnBy: userId, createdAt: at,
        });
        const people = await tx.query.participants.findMany({
          ...PARTICIPANT, where: inArray(participants.id, chosen),
        });
        const byId = new Map(people.map((one) => [one.id, one]));
        const { name, description, imageUrl } = prize;
        const made = chosen.map((participantId) => ({
          id: newId(), roomId, participantId, prizeId: prize.id, metadata: {}, createdAt: at,
          deletedAt: null, participant: byId.get(participantId),
          prize: { id: prize.id, name, description, imageUrl },
        }));
        await tx.insert(winners).values(
          made.map(({ participant, prize: _, ...row }) => ({ ...row, drawId })),
        );
        await tx.update(prizes)
          .set({ awarded: sql`${prizes.awarded} + ${count}`, updatedAt: at })
          .where(eq(prizes.id, prize.id));
        await tx.update(rooms)
          .set({
            eventSeq: sql`${rooms.eventSeq} + ${count}`,
            winnerCount: sql`${rooms.winnerCount} + ${count}`,
            winnerRevision: sql`${rooms.winnerRevision} + 1`,
          })
          .where(eq(rooms.id, roomId));
        await tx.insert(events).values(made.map((data, place) => ({
          roomId, seq: room.eventSeq + place + 1, event: 'winner:selected', data,
          audience: 'all', at,
        })));
        return made;
      });
    },
  };
});
