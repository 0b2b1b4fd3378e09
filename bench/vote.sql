-- A vote as the platform casts it, on one hot issue with its tally in slots (hard-won.md, 8).
\set voter random(1, 200000)
\set slot random(0, 15)
BEGIN;
SELECT state FROM issue WHERE id = (SELECT min(id) FROM issue) FOR SHARE;
INSERT INTO vote (issue_id, voter_key, district_id, account_id, chamber, choice, changed_at)
  SELECT (SELECT min(id) FROM issue), 'x:' || :voter, district_id, id, 'resident', 'support', now()
  FROM account ORDER BY id LIMIT 1
  ON CONFLICT DO NOTHING RETURNING choice;
SELECT choice FROM vote WHERE issue_id = (SELECT min(id) FROM issue) AND voter_key = 'x:' || :voter FOR UPDATE;
INSERT INTO vote_tally (issue_id, chamber, slot, support, oppose, neutral, version)
  VALUES ((SELECT min(id) FROM issue), 'ngo', :slot, 1, 0, 0, 1)
  ON CONFLICT (issue_id, chamber, slot)
  DO UPDATE SET support = vote_tally.support + 1, version = vote_tally.version + 1;
INSERT INTO outbox_event (kind, district_id, topics, payload, at)
  SELECT 'bench.vote', min(id), '[]', '{}', now() FROM district;
COMMIT;
