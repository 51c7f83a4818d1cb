DROP TABLE list_counts;
DROP TABLE exceptions;
