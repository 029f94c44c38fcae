import { integExample } from './example';

integExample('basic', ['LogAgent']);
