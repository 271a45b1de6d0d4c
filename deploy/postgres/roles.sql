-- Run once, by the image, when the data volume is empty: psql as the superuser, stopping at the first error.
-- The owner runs migrations; web, worker and beat connect as the other, which owns nothing and is granted its rights
-- by each migration.
\getenv owner_password CLINIC_OWNER_PASSWORD
\getenv app_password CLINIC_APP_PASSWORD
CREATE ROLE clinic_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE clinic_app LOGIN PASSWORD :'app_password';
CREATE DATABASE clinic OWNER clinic_owner;
