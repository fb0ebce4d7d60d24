-- What goes before the proof of an element that is too long for one transaction: JSON, [[until, hex], …].
ALTER TABLE accusations ADD COLUMN pieces text NOT NULL DEFAULT '[]';
