// The tables for Drizzle, as far as the five calls need them.
import { relations } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

const moment = (name) => timestamp(name, { withTimezone: true });
const counter = (name) => bigint(name, { mode: 'number' });

export const users = pgTable('users', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  avatar: text('avatar'),
  deletedAt: moment('deleted_at'),
});

export const appVersions = pgTable('app_versions', {
  appId: text('app_id').notNull(),
  version: text('version').notNull(),
  manifest: jsonb('manifest').notNull(),
}, (table) => [primaryKey({ columns: [table.appId, table.version] })]);

export const roomApps = pgTable('room_apps', {
  roomId: text('room_id').notNull(),
  appId: text('app_id').notNull(),
  settings: jsonb('settings').notNull(),
  manifestVersion: text('manifest_version').notNull(),
}, (table) => [primaryKey({ columns: [table.roomId, table.appId] })]);

export const rooms = pgTable('rooms', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  description: text('description'),
  appId: text('app_id').notNull(),
  status: text('status').notNull(),
  isPublic: boolean('is_public').notNull(),
  joinCode: text('join_code').notNull(),
  createdBy: text('created_by').notNull(),
  ownerId: text('owner_id').notNull(),
  lockedAt: moment('locked_at'),
  eventSeq: counter('event_seq').notNull(),
  participantCount: integer('participant_count').notNull(),
  prizeCount: integer('prize_count').notNull(),
  winnerCount: integer('winner_count').notNull(),
  winnerRevision: counter('winner_revision').notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  deletedAt: moment('deleted_at'),
});

export const participants = pgTable('participants', {
  id: text('id').primaryKey(),
  roomId: text('room_id').notNull(),
  userId: text('user_id').notNull(),
  role: text('role').notNull(),
  metadata: jsonb('metadata').notNull(),
  joinedAt: moment('joined_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  deletedAt: moment('deleted_at'),
  bannedAt: moment('banned_at'),
  removedAt: moment('removed_at'),
  nameKey: text('name_key'),
});

export const prizes = pgTable('prizes', {
  id: text('id').primaryKey(),
  roomId: text('room_id').notNull(),
  name: text('name').notNull(),
  description: text('description'),
  imageUrl: text('image_url'),
  quantity: integer('quantity').notNull(),
  awarded: integer('awarded').notNull(),
  metadata: jsonb('metadata').notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  deletedAt: moment('deleted_at'),
});

export const draws = pgTable('draws', {
  id: text('id').primaryKey(),
  roomId: text('room_id').notNull(),
  prizeId: text('prize_id').notNull(),
  appId: text('app_id').notNull(),
  manifestVersion: text('manifest_version').notNull(),
  fallback: boolean('fallback').notNull(),
  seed: text('seed').notNull(),
  count: integer('count').notNull(),
  entrants: jsonb('entrants').notNull(),
  record: jsonb('record').notNull(),
  drawnBy: text('drawn_by').notNull(),
  createdAt: moment('created_at').notNull(),
});

export const winners = pgTable('winners', {
  id: text('id').primaryKey(),
  roomId: text('room_id').notNull(),
  participantId: text('participant_id').notNull(),
  prizeId: text('prize_id').notNull(),
  drawId: text('draw_id'),
  metadata: jsonb('metadata').notNull(),
  createdAt: moment('created_at').notNull(),
  deletedAt: moment('deleted_at'),
});

export const events = pgTable('events', {
  roomId: text('room_id').notNull(),
  seq: counter('seq').notNull(),
  event: text('event').notNull(),
  data: jsonb('data').notNull(),
  audience: text('audience').notNull(),
  at: moment('at').notNull(),
}, (table) => [primaryKey({ columns: [table.roomId, table.seq] })]);

export const roomRelations = relations(rooms, ({ one, many }) => ({
  owner: one(users, { fields: [rooms.ownerId], references: [users.id] }),
  mainApp: one(roomApps, {
    fields: [rooms.id, rooms.appId],
    references: [roomApps.roomId, roomApps.appId],
  }),
  participants: many(participants),
  prizes: many(prizes),
  winners: many(winners),
}));

export const roomAppRelations = relations(roomApps, ({ one }) => ({
  version: one(appVersions, {
    fields: [roomApps.appId, roomApps.manifestVersion],
    references: [appVersions.appId, appVersions.version],
  }),
}));

export const participantRelations = relations(participants, ({ one }) => ({
  room: one(rooms, { fields: [participants.roomId], references: [rooms.id] }),
  user: one(users, { fields: [participants.userId], references: [users.id] }),
}));

export const prizeRelations = relations(prizes, ({ one }) => ({
  room: one(rooms, { fields: [prizes.roomId], references: [rooms.id] }),
}));

export const winnerRelations = relations(winners, ({ one }) => ({
  room: one(rooms, { fields: [winners.roomId], references: [rooms.id] }),
  participant: one(participants, {
    fields: [winners.participantId],
    references: [participants.id],
  }),
  prize: one(prizes, { fields: [winners.prizeId], references: [prizes.id] }),
}));
