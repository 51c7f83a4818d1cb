DROP TABLE feed;
DROP TABLE changes;
