-- The ids that every installation shares; a user's own collections begin at 101.

INSERT INTO public.collections (collection_id, name)
VALUES (1, 'clients'),
       (2, 'crypto'),
       (3, 'forms'),
       (4, 'history'),
       (5, 'keys'),
       (6, 'meta'),
       (7, 'bookmarks'),
       (8, 'prefs'),
       (9, 'tabs'),
       (10, 'passwords'),
       (11, 'addons'),
       (12, 'addresses'),
       (13, 'creditcards');

ALTER TABLE public.collections ALTER COLUMN collection_id RESTART WITH 101;
