-- What was set aside or spent, for the limits of a day and of a dispute: amounts in base units, times in seconds.
CREATE TABLE spending (
    purse text NOT NULL,
    job text NOT NULL,
    what text NOT NULL,
    amount text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (purse, job, what)
);
CREATE INDEX spending_by_time ON spending (purse, at);
