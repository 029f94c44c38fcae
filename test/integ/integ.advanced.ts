import { integExample } from './example';

integExample('advanced', ['ClusterServices', 'Fleet']);
