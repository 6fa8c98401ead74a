-- A tenant's tables. {id} and {dimension} are numbers of this program's own.
CREATE TABLE readers_{id} (LIKE readers INCLUDING ALL, CHECK (tenant = {id}));
CREATE TABLE documents_{id} (LIKE documents INCLUDING ALL, CHECK (tenant = {id}));
CREATE TABLE removed_{id} (LIKE removed INCLUDING ALL, CHECK (tenant = {id}));
CREATE TABLE chunks_{id} (LIKE chunks INCLUDING ALL, CHECK (tenant = {id}));
CREATE TABLE passages_{id} (LIKE passages INCLUDING ALL, CHECK (tenant = {id}));
ALTER TABLE chunks_{id} ALTER COLUMN vector TYPE vector({dimension});
