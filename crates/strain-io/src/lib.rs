//! Borehole strain recordings, stations and catalogues: formats, cleaning, tides, quality, synthetic networks
