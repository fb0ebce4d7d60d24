ALTER TABLE job_events ADD COLUMN disputed boolean NOT NULL DEFAULT false;
ALTER TABLE jobs ADD COLUMN disputed boolean NOT NULL DEFAULT false;
ALTER TABLE outbox ADD COLUMN urgent boolean NOT NULL DEFAULT false;
UPDATE jobs SET disputed = true WHERE id IN (SELECT job FROM job_events WHERE event LIKE '%"type":"Challenged"%');
UPDATE job_events SET disputed = true WHERE job IN (SELECT id FROM jobs WHERE disputed);
