DROP TABLE erasures_under_way;
DROP TABLE erased_users;
