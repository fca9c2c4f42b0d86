q1 Q0 B 1 1 r
q1 Q0 A 2 1 r
