DROP TABLE log_hand_over;
