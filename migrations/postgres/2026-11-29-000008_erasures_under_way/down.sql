DROP TABLE erasures_under_way;
