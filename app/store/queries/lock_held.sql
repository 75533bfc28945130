-- Until the transaction ends, nobody else writes the list of held facts.
LOCK TABLE held_facts IN SHARE ROW EXCLUSIVE MODE
