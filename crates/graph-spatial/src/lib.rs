//! Geodesics, station graphs, graph convolution and spatial statistics for networks of stations
