DROP TABLE follow_counts;
DROP TABLE follows;
