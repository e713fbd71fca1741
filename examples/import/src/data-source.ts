// Where the database is say libpq's variables (PGHOST, PGDATABASE ...). TypeORM's own command reads this file, too.
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { BatchJob, Product, StoredJob, Upload, User } from './entities.ts';
import { Shop1764000000000 } from './migrations/1764000000000-shop.ts';

export const source = new DataSource({
  type: 'postgres',
  entities: [User, Product, Upload, BatchJob, StoredJob],
  migrations: [Shop1764000000000],
});
