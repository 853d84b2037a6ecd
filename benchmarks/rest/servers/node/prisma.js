// Fastify and Prisma, its client without a native engine, on pg.
import { PrismaPg } from '@prisma/adapter-pg';

import { alreadyIn, asPrize, asRoom, drawn, mayDraw, mayJoin, newId, newSeed, serve, Refused } from './app.js';
import { PrismaClient } from './generated/client.mjs';

const CONNECTIONS = 20;
const PERSON = { select: { id: true, name: true, avatar: true } };
const PARTICIPANT = {
  select: {
    id: true, userId: true, roomId: true, role: true, metadata: true, joinedAt: true,
    updatedAt: true, deletedAt: true, user: PERSON,
  },
};
const PRIZE = { select: { id: true, name: true, description: true, imageUrl: true } };
const WINNER = {
  select: {
    id: true, roomId: true, participantId: true, prizeId: true, metadata: true,
    createdAt: true, deletedAt: true, participant: PARTICIPANT, prize: PRIZE,
  },
};
const LIVING = { deletedAt: null };
const IN_ORDER = [{ createdAt: 'asc' }, { id: 'asc' }];
const BY_JOINING = [{ joinedAt: 'asc' }, { id: 'asc' }];
const FIRST = 50;
const ROOM = { owner: PERSON, mainApp: { include: { version: { select: { manifest: true } } } } };
const LISTS = {
  participants: { ...PARTICIPANT, where: LIVING, orderBy: BY_JOINING, take: FIRST },
  prizes: { where: LIVING, orderBy: IN_ORDER, take: FIRST },
  winners: { ...WINNER, where: LIVING, orderBy: IN_ORDER, take: FIRST },
};
// Measured: many lists in one statement are faster than a statement for each, one relation is not.
const TOGETHER = { relationLoadStrategy: 'join' };
const APART = { relationLoadStrategy: 'query' };

function read(row) {
  const { settings, manifestVersion, version } = row.mainApp;
  return asRoom(row, settings, manifestVersion, version.manifest, row.owner);
}

serve(async (url) => {
  const adapter = new PrismaPg({ connectionString: url, max: CONNECTIONS });
  const prisma = new PrismaClient({ adapter });
  await prisma.$connect();

  async function isIn(roomId, userId) {
    const part = await prisma.participant.findUnique({
      where: { roomId_userId: { roomId, userId } },
      select: { role: true, deletedAt: true },
    });
    return part && !part.deletedAt ? part.role : null;
  }

  return {
    async room(id, userId, include) {
      const wanted = Object.entries(LISTS).filter(([name]) => include.has(name));
      const row = await prisma.room.findFirst({
        where: { id, ...LIVING },
        include: { ...ROOM, ...Object.fromEntries(wanted) },
        ...TOGETHER,
      });
      if (!row || !(row.isPublic || (await isIn(id, userId)))) return null;
      const room = read(row);
      for (const [name] of wanted) room[name] = name === 'prizes' ? row.prizes.map(asPrize) : row[name];
      return room;
    },

    async rooms(userId, { page, limit, status, isPublic }) {
      const mine = { participants: { some: { userId, ...LIVING } } };
      const where = { ...LIVING, status, OR: [{ isPublic: true }, mine] };
      if (isPublic !== undefined) where.isPublic = isPublic;
      const [rows, total] = await Promise.all([
        prisma.room.findMany({
          where,
          include: ROOM,
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          take: limit,
          skip: (page - 1) * limit,
          ...APART,
        }),
        prisma.room.count({ where }),
      ]);
      return { items: rows.map(read), total };
    },

    async participants(roomId, userId, { page, limit, role }) {
      const where = { roomId, ...LIVING, role };
      const [room, items, counted] = await Promise.all([
        prisma.room.findFirst({
          where: { id: roomId, ...LIVING },
          select: { isPublic: true, participantCount: true },
        }),
        prisma.participant.findMany({
          ...PARTICIPANT,
          where,
          orderBy: BY_JOINING,
          take: limit,
          skip: (page - 1) * limit,
          ...APART,
        }),
        role ? prisma.participant.count({ where }) : undefined,
      ]);
      if (!room || !(room.isPublic || (await isIn(roomId, userId)))) return null;
      return { items, total: counted ?? room.participantCount };
    },

    async join(roomId, userId, { role = 'PARTICIPANT', metadata = {}, joinCode }) {
      const [room, user, person] = await Promise.all([
        prisma.room.findFirst({
          where: { id: roomId, ...LIVING },
          select: { status: true, isPublic: true, joinCode: true, lockedAt: true },
        }),
        prisma.user.findFirst({ where: { id: userId, ...LIVING }, ...PERSON }),
        prisma.participant.findUnique({ where: { roomId_userId: { roomId, userId } } }),
      ]);
      if (!user) throw new Refused(401, 'UNAUTHORIZED', 'Sign in first.');
      if (room && !room.isPublic && joinCode !== room.joinCode) mayJoin(null);
      mayJoin(room, person);
      const at = new Date();
      const given = {
        role, metadata, joinedAt: at, updatedAt: at, deletedAt: null, removedAt: null,
        nameKey: user.name.toLowerCase(),
      };
      try {
        return await prisma.$transaction(async (tx) => {
          const row = person
            ? await tx.participant.update({ where: { id: person.id }, data: given })
            : await tx.participant.create({ data: { id: newId(), roomId, userId, ...given } });
          // The room's row lock orders all who write to the room: held no longer than it must be.
          const counted = await tx.room.update({
            where: { id: roomId },
            data: { eventSeq: { increment: 1 }, participantCount: { increment: 1 } },
            select: { eventSeq: true, status: true, lockedAt: true },
          });
          mayJoin(counted, null);
          const { nameKey, bannedAt, removedAt, ...rest } = row;
          const participant = { ...rest, user };
          await tx.event.create({
            data: {
              roomId, seq: counted.eventSeq, event: 'participant:joined', data: participant,
              audience: 'all', at,
            },
          });
          return participant;
        });
      } catch (error) {
        if (error.code === 'P2002') throw alreadyIn();
        throw error;
      }
    },

    async draw(roomId, userId, prizeId, count) {
      const role = await isIn(roomId, userId);
      if (!['ADMIN', 'ORGANIZER', 'MODERATOR'].includes(role))
        throw new Refused(403, 'FORBIDDEN', 'Only organizers and moderators draw.');
      return prisma.$transaction(async (tx) => {
        const [room] = await tx.$queryRaw`
          SELECT r.status, r.event_seq AS "eventSeq", r.app_id AS "appId",
                 a.manifest_version AS "manifestVersion"
          FROM rooms r JOIN room_apps a ON a.room_id = r.id AND a.app_id = r.app_id
          WHERE r.id = ${roomId} AND r.deleted_at IS NULL FOR UPDATE OF r`;
        const prize = prizeId
          ? await tx.prize.findFirst({ where: { id: prizeId, roomId, ...LIVING } })
          : await tx.prize.findFirst({
              where: { roomId, ...LIVING, awarded: { lt: tx.prize.fields.quantity } },
              orderBy: IN_ORDER,
            });
        const entrants = prize
          ? await tx.participant.findMany({
              where: {
                roomId, ...LIVING, role: 'PARTICIPANT',
                winners: { none: { prizeId: prize.id, ...LIVING } },
              },
              select: { id: true },
              orderBy: BY_JOINING,
            })
          : [];
        mayDraw(room, prize, entrants, count);
        const ids = entrants.map((one) => one.id);
        const chosen = drawn(ids, count);
        const at = new Date();
        const draw = await tx.draw.create({
          data: {
            id: newId(), roomId, prizeId: prize.id, appId: 'platform', fallback: false,
            manifestVersion: room.manifestVersion, seed: newSeed(), count, entrants: ids,
            record: {}, drawnBy: userId, createdAt: at,
          },
          select: { id: true },
        });
        const people = await tx.participant.findMany({
          ...PARTICIPANT,
          where: { id: { in: chosen } },
          ...APART,
        });
        const byId = new Map(people.map((one) => [one.id, one]));
        const { name, description, imageUrl } = prize;
        const winners = chosen.map((participantId) => ({
          id: newId(), roomId, participantId, prizeId: prize.id, metadata: {}, createdAt: at,
          deletedAt: null, participant: byId.get(participantId),
          prize: { id: prize.id, name, description, imageUrl },
        }));
        await tx.winner.createMany({
          data: winners.map(({ participant, prize: _, ...row }) => ({ ...row, drawId: draw.id })),
        });
        await tx.prize.update({
          where: { id: prize.id },
          data: { awarded: { increment: count }, updatedAt: at },
          select: { id: true },
        });
        await tx.room.update({
          where: { id: roomId },
          data: {
            eventSeq: { increment: count },
            winnerCount: { increment: count },
            winnerRevision: { increment: 1 },
          },
          select: { id: true },
        });
        await tx.event.createMany({
          data: winners.map((data, place) => ({
            roomId, seq: room.eventSeq + BigInt(place + 1), event: 'winner:selected', data,
            audience: 'all', at,
          })),
        });
        return winners;
      });
    },
  };
});
